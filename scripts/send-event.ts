/** `npm run send-event`: sends a signed sample of Stripe's events to the webhook. */
import { runMain } from "./command-line/run-command.ts";
import { sendEventCommand } from "./send-event/command.ts";
import { sendEvent } from "./send-event/run.ts";

await runMain(sendEventCommand, sendEvent);
