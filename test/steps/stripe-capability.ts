/** A Stripe emulator for a test file, and calls of capabilities over their handlers against it. */
import { randomUUID } from "node:crypto";
import { afterAll, beforeAll } from "@jest/globals";
import type Stripe from "stripe";
import { type StripeEmulator, startStripeEmulator } from "../../stripe-emulator/index.ts";
import * as given from "./given.ts";
import { clientOf } from "./given-stripe-emulator.ts";
import { emulatorClient } from "./stripe-emulator-client.ts";
import * as when from "./when.ts";

export interface CallOptions {
  /** By default a new one. */
  readonly key?: string;
  /** The authorizer's response; by default an admin's. */
  readonly authorizer?: Record<string, unknown>;
}

/** The authorizer's response for a key of this role, which acts for one customer if `customerId` is given. */
export const keyOf = (role: string, customerId?: string) => ({
  principalId: `${role} key`,
  roles: JSON.stringify([role]),
  ...(customerId === undefined ? {} : { customerId }),
});

/** Starts Stripe for this test file. Call it at the top of the file, below `given.localAws()`. */
export function stripeOfTheFile() {
  let emulator: StripeEmulator | undefined;
  beforeAll(async () => {
    emulator = await startStripeEmulator({ port: 0 });
    Object.assign(process.env, { STRIPE_API_BASE: emulator.url, STRIPE_SECRET_KEY: "sk_test_local" });
  });
  afterAll(() => emulator?.close());
  const started = () => {
    if (emulator === undefined) throw new Error("Stripe is ready only after the first beforeAll");
    return emulator;
  };
  const client = () => emulatorClient(started().url);
  return {
    get api(): Stripe {
      return clientOf(started());
    },
    control: (method: string, path: string, body?: object) => client().control(method, path, body),
    /** Sets one fault, or a list of faults. */
    orderFaults: (faults: object): Promise<unknown> => client().control("POST", "faults", faults),
    takeBackFaults: (): Promise<unknown> => client().control("DELETE", "faults"),
    /** Pays as a browser would. Resolves also when the card is declined. */
    pay: (paymentIntent: string, card = "pm_card_visa"): Promise<unknown> =>
      client()
        .pay(paymentIntent, card)
        .catch((thrown: unknown) => {
          if (!String(thrown).includes("responded with 402")) throw thrown;
        }),
  };
}

/** Longer than a Lambda has, because a call can take twenty times as long on a busy machine. */
const CALL_MS = 120_000;

/** Calls a capability over HTTP; the test knows the shape of the response's body. */
export function callOf(handler: Parameters<typeof when.callsForJson>[0], capability: string) {
  return (body: object, { key = randomUUID(), authorizer }: CallOptions = {}) =>
    when.callsForJson(
      handler,
      {
        path: `/api/capabilities/${capability}`,
        headers: { "idempotency-key": key },
        body,
        ...(authorizer === undefined ? {} : { authorizer }),
      },
      given.lambdaContext(CALL_MS),
    );
}
