/**
 * `npm run -s stripe`: manages the webhook endpoint at Stripe, with exactly the events that have consumers and the API
 * version that the code is written for. Prints a new signing secret once, on standard output only.
 */
import { runMain } from "./command-line/run-command.ts";
import { stripeCommand } from "./stripe/command.ts";
import { runStripe } from "./stripe/run.ts";

await runMain(stripeCommand, runStripe);
