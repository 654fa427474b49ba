/**
 * `npm run -s endpoints`: manages the endpoints that get notifications over HTTPS, on the local stack or on a deployed stage. Prints a new
 * signing secret once, and nothing but the secret on standard output. docs/endpoints.md explains it.
 */
import { runMain } from "./command-line/run-command.ts";
import { endpointsCommand } from "./endpoints/command.ts";
import { runEndpoints } from "./endpoints/run.ts";

await runMain(endpointsCommand, runEndpoints);
