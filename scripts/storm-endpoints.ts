/**
 * `npm run storm:endpoints`: publishes notifications for three endpoints on this machine, through the real functions and embedded
 * queues. Two of them have faults in a share of their requests: errors, connections that break before or after the notification is
 * accepted, slow responses, and none at all. The third hangs until the others have everything, and wants every tenth. At the end, each must have accepted every
 * notification; exits with 1 when a number is wrong.
 */
import { runMain } from "./command-line/run-command.ts";
import { endpointStormCommand } from "./storm-endpoints/command.ts";
import { runEndpointStorm } from "./storm-endpoints/run.ts";

await runMain(endpointStormCommand, runEndpointStorm);
