/** The command line of `npm run send-event`. No I/O. */
import { invalidField } from "../../lib/errors.ts";
import type { Command } from "../command-line/command.ts";

export interface SendEventAsked {
  readonly type: string;
  /** By default, the webhook of the local stack. */
  readonly url: string | undefined;
}

export const sendEventCommand: Command<SendEventAsked> = {
  invocation: "npm run send-event --",
  summary: "Sends a sample of Stripe's events to the webhook",
  actions: [
    {
      name: "",
      summary: "Signs a sample of events/stripe/ as Stripe does, and posts it to the webhook",
      positionals: [
        { name: "type", about: "the name of a sample, such as payment_intent.succeeded" },
        { name: "url", about: "the address of the webhook; by default the local stack's", isOptional: true },
      ],
      read: ({ positionals: [type = "", url] }) => {
        if (url !== undefined && !/^https?:\/\//.test(url))
          throw invalidField(
            "<url>",
            "must be an address, such as http://localhost:3000/api/webhooks/stripe",
          );
        return { type, url };
      },
    },
  ],
  notes: ["Signs with the first secret of STRIPE_WEBHOOK_SECRET, from the environment or .env."],
};
