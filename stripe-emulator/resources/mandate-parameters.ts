import { emptyable, hash, integer, oneOf, required, string } from "../protocol/parameters.ts";

/** What the customer agreed to. The emulator asks no bank for it, so that it only checks the form. */
export const mandateData = emptyable(
  hash({
    customer_acceptance: hash({
      accepted_at: integer(),
      offline: hash({}),
      online: hash({ ip_address: string(), user_agent: string() }),
      type: required(oneOf("offline", "online")),
    }),
  }),
);
