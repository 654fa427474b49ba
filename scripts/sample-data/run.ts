/** Runs `npm run sample-data`. */
import { stackSettings, withDotEnv } from "../../local/settings.ts";
import type { Verdict } from "../command-line/command.ts";
import { showProgress } from "../progress-line.ts";
import type { SampleDataAsked } from "./command.ts";
import { makeMonth } from "./make-month.ts";

export async function runSampleData(asked: SampleDataAsked): Promise<Verdict> {
  const environment = withDotEnv(process.env, process.cwd());
  const settings = stackSettings(environment, {
    stage: "dev",
    region: environment.AWS_REGION || "us-east-1",
  });
  const began = performance.now();
  const { told } = await makeMonth(settings, {
    ...asked,
    onProgress: ({ day, told: soFar, customers }) =>
      showProgress(`Day ${day} of 30, ${soFar} of ${customers} stories told`),
  });
  showProgress("");
  const seconds = ((performance.now() - began) / 1000).toFixed(1);
  console.log(`A month with ${told} customers, in ${seconds} s. Look at it: ${settings.consoleUrl}`);
  return "nothing wrong";
}
