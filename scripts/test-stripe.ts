/**
 * `npm run test:stripe`: runs one suite of requests against the Stripe emulator and against Stripe's test mode, and prints
 * every difference.
 */
import { runMain } from "./command-line/run-command.ts";
import { testStripeCommand } from "./test-stripe/command.ts";
import { runTestStripe } from "./test-stripe/run.ts";

await runMain(testStripeCommand, runTestStripe);
