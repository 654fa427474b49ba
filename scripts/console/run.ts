/** Runs `npm run console`. */
import { once } from "node:events";
import { Problem } from "../../lib/errors.ts";
import { stackSettings, withDotEnv } from "../../local/settings.ts";
import type { Circumstances, Verdict } from "../command-line/command.ts";
import type { ConsoleAsked } from "./command.ts";
import { explained } from "./server/refused-by-aws.ts";
import { startConsole } from "./start-console.ts";

export async function runConsole({ since }: ConsoleAsked, { target }: Circumstances): Promise<Verdict> {
  if (target.stage === undefined) await checkIsRunning();
  const served = await startConsole({ target, since }).catch((thrown: unknown) => {
    const problem = explained(thrown);
    throw problem.code === "FORBIDDEN" ? problem : thrown;
  });
  console.log(`The console of ${target.stage ?? "the local stack"}: ${served.url}\nCtrl-C ends it.`);
  await Promise.race([once(process, "SIGINT"), once(process, "SIGTERM")]);
  await served.close();
  return "nothing wrong";
}

/** Throws SERVICE_UNAVAILABLE, with what to do. */
async function checkIsRunning(): Promise<void> {
  const environment = withDotEnv(process.env, process.cwd());
  const { apiUrl, consoleUrl } = stackSettings(environment, {
    stage: "dev",
    region: environment.AWS_REGION || "us-east-1",
  });
  await fetch(`${apiUrl}/api/health`).catch((cause: unknown) => {
    throw new Problem(
      "SERVICE_UNAVAILABLE",
      `No local stack runs at ${apiUrl}. \`npm start\` starts it, and serves the console at ${consoleUrl}; --stage <stage> shows a deployed stage`,
      { cause },
    );
  });
}
