/** The command line of `npm run test:stripe`. No I/O. */
import type { Command } from "../command-line/command.ts";

export interface TestStripeAsked {
  /** Only the scenarios whose title contains this text. */
  readonly only: string | undefined;
}

export const testStripeCommand: Command<TestStripeAsked> = {
  invocation: "npm run test:stripe --",
  summary: "Compares the Stripe emulator with Stripe's test mode, field by field",
  actions: [
    {
      name: "",
      summary:
        "Sends the same requests to the emulator and to Stripe, and prints every difference of the responses and events",
      options: {
        only: { value: "<text>", about: "only the scenarios whose title contains this text" },
      },
      read: (given) => ({ only: given.text("only") }),
    },
  ],
  notes: [
    "STRIPE_SECRET_KEY is a test key (sk_test_... or rk_test_...). Without it, only the emulator is tested.",
    "STRIPE_API_BASE is the address to compare with, by default https://api.stripe.com.",
    "stripe-emulator/README.md explains what is compared.",
  ],
};
