/** `npm run client -- build`: the client for applications as an npm package, in client/. docs/client.md explains it. */
import { clientCommand } from "./client/command.ts";
import { runClient } from "./client/run.ts";
import { runMain } from "./command-line/run-command.ts";

await runMain(clientCommand, runClient);
