/**
 * `npm run events`: what became of Stripe's events, and how to repair it, on the local stack or on a deployed stage.
 * docs/repair.md explains it.
 */
import { runMain } from "./command-line/run-command.ts";
import { eventsCommand } from "./events/command.ts";
import { runEvents } from "./events/run.ts";

await runMain(eventsCommand, runEvents);
