/**
 * `npm run events`: shows what happened to Stripe's events and repairs it, on the local stack or on a deployed stage.
 * docs/repair.md explains it.
 */
import { runMain } from "./command-line/run-command.ts";
import { eventsCommand } from "./events/command.ts";
import { runEvents } from "./events/run.ts";

await runMain(eventsCommand, runEvents);
