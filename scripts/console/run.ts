/** Runs `npm run console`. */
import { once } from "node:events";
import type { Circumstances, Verdict } from "../command-line/command.ts";
import type { ConsoleAsked } from "./command.ts";
import { startConsole } from "./start-console.ts";

export async function runConsole({ since }: ConsoleAsked, { target }: Circumstances): Promise<Verdict> {
  const served = await startConsole({ target, since });
  console.log(`The console of ${target.stage ?? "the local stack"}: ${served.url}\nCtrl-C ends it.`);
  await Promise.race([once(process, "SIGINT"), once(process, "SIGTERM")]);
  await served.close();
  return "nothing wrong";
}
