/** `npm run simulate`: a day of payments against the quotas of AWS and Stripe, and where it breaks first. docs/scale.md explains it. */
import { runMain } from "./command-line/run-command.ts";
import { simulateCommand } from "./simulate/command.ts";
import { runSimulate } from "./simulate/run.ts";

await runMain(simulateCommand, runSimulate);
