/**
 * `npm run audit -- list` shows what happened; `npm run audit -- verify` tells whether the log was tampered with. Both
 * work on the running local stack, or with `--stage <stage>` on a deployed one. docs/audit.md explains them.
 */
import { asProblem } from "../lib/errors.ts";
import { describeCause } from "../lib/log.ts";
import { scrub } from "../lib/scrub.ts";
import { listAudit } from "./audit/list.ts";
import { verifyAudit } from "./audit/verify.ts";

const USAGE = `npm run audit -- list [--resource <id>] [--actor <id>] [--object <id>] [--result <result>]
                      [--from <UTC>] [--to <UTC>] [--limit <n>] [--cursor <next>] [--json] [--stage <stage>]
npm run audit -- verify [--since <day>] [--until <day>] [--stage <stage>]`;

const [command, ...args] = process.argv.slice(2);
try {
  switch (command) {
    case "list":
      await listAudit(args);
      break;
    case "verify":
      process.exitCode = (await verifyAudit(args)) ? 0 : 1;
      break;
    default:
      console.error(USAGE);
      process.exitCode = 2;
  }
} catch (thrown) {
  console.error(explain(thrown));
  process.exitCode = 2;
}

function explain(thrown: unknown): string {
  const problem = asProblem(thrown);
  if (problem.issues.length > 0)
    return problem.issues.map(({ path, message }) => `${path} ${message}`).join("\n");
  if (problem.code === "SERVICE_UNAVAILABLE") {
    const cause = describeCause(problem.cause)?.split("\n")[0] ?? "";
    return `${problem.message}: ${cause}\nIs \`npm start\` running, or are there credentials for the stage?`;
  }
  // It may quote what was typed.
  return scrub(problem.message);
}
