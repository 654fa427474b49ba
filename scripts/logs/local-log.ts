/** The log of the local stack. */
import { Problem } from "../../lib/errors.ts";
import { logFileOf, readLogFile } from "../../local/logs/log-file.ts";
import { readQuery } from "../../local/logs/query.ts";
import { portsFrom } from "../../local/ports.ts";
import { withDotEnv } from "../../local/settings.ts";
import type { LogSource } from "./log-source.ts";

/** Lines of these log groups. Throws SERVICE_UNAVAILABLE if no stack with this port has run. */
export function localLog(groups: readonly string[]): LogSource {
  const { PORT } = portsFrom(withDotEnv(process.env, process.cwd()));
  const file = logFileOf(process.cwd(), PORT);
  return async (query, range, containing) => {
    const lines = readLogFile(file, range, containing);
    if (lines === undefined)
      throw new Problem(
        "SERVICE_UNAVAILABLE",
        `The local stack on port ${PORT} has not written a log: npm start`,
      );
    return readQuery(query).run(lines.filter(({ log }) => groups.includes(log)));
  };
}
