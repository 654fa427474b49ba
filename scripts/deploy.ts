/** `npm run deploy`: checks, shows what will change, deploys a stage and makes a smoke call: docs/deploy.md. */
import { runMain } from "./command-line/run-command.ts";
import { deployCommand } from "./deploy/command.ts";
import { runDeploy } from "./deploy/run.ts";

await runMain(deployCommand, runDeploy);
