/** The CPU time of a fresh process that loads one file. */
import { spawnSync } from "node:child_process";

/** What begins while the module is loaded, such as loading Stripe's SDK, is done when the event loop turns. */
const LOAD =
  "require(process.argv[1]);" +
  "setImmediate(() => { const { user, system } = process.cpuUsage(); console.log(user + system); process.exit(0); });";

/** Milliseconds of user and system time, from the start of Node on. Throws with what the process wrote if it could not load the file. */
export function loadTimeMs(file: string): number {
  // Without SECRETS_PATH, a function begins no request. A compile cache would hide the time that Lambda needs.
  const { stdout, stderr, status } = spawnSync(process.execPath, ["-e", LOAD, file], {
    env: { STAGE: "benchmark", AWS_REGION: "us-east-1" },
    encoding: "utf8",
  });
  const microseconds = Number(stdout);
  if (status !== 0 || !(microseconds > 0))
    throw new Error(`${file} cannot be loaded:\n${stderr.slice(-2000)}`);
  return microseconds / 1000;
}
