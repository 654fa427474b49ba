/** `npm run cost`: calculates what a month costs. docs/cost.md explains the numbers. */
import { runMain } from "./command-line/run-command.ts";
import { costCommand } from "./cost/command.ts";
import { runCost } from "./cost/run.ts";

await runMain(costCommand, runCost);
