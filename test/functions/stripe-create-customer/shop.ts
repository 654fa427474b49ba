/** Stripe, the capability and the consumer of customer events, for tests of "the right person". */
import { randomUUID } from "node:crypto";
import { handler } from "../../../generated/handlers/stripe-create-customer.ts";
import { followCustomer } from "../../../lib/customers/follow-customer.ts";
import { eventConsumer } from "../../../lib/events/consume.ts";
import { type StripeEmulator, startStripeEmulator } from "../../../stripe-emulator/index.ts";
import * as given from "../../steps/given.ts";
import { clientOf } from "../../steps/given-stripe-emulator.ts";
import { type EmulatedEvent, emulatorClient } from "../../steps/stripe-emulator-client.ts";
import { timeLeft } from "../../steps/time-left.ts";
import * as when from "../../steps/when.ts";

export interface Asked {
  readonly email: string;
  readonly name?: string;
  readonly metadata?: Readonly<Record<string, string>>;
}

const consume = eventConsumer("customer", [followCustomer]);

/** Starts Stripe. Close it after the tests. The tables come from `given.localAws()`. */
export async function openShop() {
  const emulator: StripeEmulator = await startStripeEmulator({ port: 0 });
  Object.assign(process.env, { STRIPE_API_BASE: emulator.url, STRIPE_SECRET_KEY: "sk_test_local" });
  const { control, eventsSince } = emulatorClient(emulator.url);
  return {
    stripe: clientOf(emulator),
    /** Calls the capability with a new Idempotency-Key, as an admin. */
    create: (body: Asked, key: string = randomUUID()) =>
      when.callsForJson(handler, { body, headers: { "idempotency-key": key } }, given.lambdaContext(25_000)),
    orderFault: (fault: object) => control("POST", "faults", fault),
    takeBackFaults: () => control("DELETE", "faults"),
    /** From then on, the key belongs to another account, in which nothing exists. */
    changeAccount: () => control("POST", "reset", {}),
    eventsSince,
    /** Has one event consumed. */
    deliver: (event: EmulatedEvent) =>
      consume({
        messageId: randomUUID(),
        body: JSON.stringify(event),
        receiveCount: 1,
        ...timeLeft(10_000),
      }),
    close: () => emulator.close(),
  };
}
