/**
 * `npm run -s stripe`: the webhook endpoint at Stripe, with exactly the events that have consumers and the API version
 * that the code is written for. A new signing secret is printed once, on standard output alone.
 */
import { runMain } from "./command-line/run-command.ts";
import { stripeCommand } from "./stripe/command.ts";
import { runStripe } from "./stripe/run.ts";

await runMain(stripeCommand, runStripe);
