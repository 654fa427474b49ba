/** A Stripe emulator that runs for one test, with a client from Stripe's SDK. */
import { afterEach } from "@jest/globals";
import Stripe from "stripe";
import { type StripeEmulator, startStripeEmulator } from "../../stripe-emulator/index.ts";
import { emulatorClient } from "./stripe-emulator-client.ts";

const running: StripeEmulator[] = [];
afterEach(async () => {
  for (const emulator of running.splice(0)) await emulator.close();
});

/** Starts an emulator on a free port; it is closed after the test. */
export async function givenStripeEmulator() {
  const emulator = await startStripeEmulator({ port: 0 });
  running.push(emulator);
  const { control } = emulatorClient(emulator.url);
  return {
    emulator,
    stripe: clientOf(emulator),
    /** Sets one fault, or a list of faults. */
    orderFaults: (faults: object) => control("POST", "faults", faults),
  };
}

/** A client that never retries by itself. */
export function clientOf({ port }: StripeEmulator, key = "sk_test_local"): Stripe {
  return new Stripe(key, { host: "127.0.0.1", port, protocol: "http", maxNetworkRetries: 0 });
}

/** The error that the call rejects with. Throws when it succeeds, or when it rejects with anything but a StripeError. */
export async function errorOf(call: Promise<unknown>): Promise<Stripe.errors.StripeError> {
  const outcome = await call.then(
    () => "success",
    (error: unknown) => error,
  );
  if (outcome instanceof Stripe.errors.StripeError) return outcome;
  throw new Error(`Expected a StripeError, got ${String(outcome)}`);
}
