/** `npm run sample-data`: a month of a small SaaS on the running local stack. docs/console.md explains it. */
import { runMain } from "./command-line/run-command.ts";
import { sampleDataCommand } from "./sample-data/command.ts";
import { runSampleData } from "./sample-data/run.ts";

await runMain(sampleDataCommand, runSampleData);
