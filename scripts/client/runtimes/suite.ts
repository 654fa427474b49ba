/**
 * What the client must do wherever it runs. It is bundled for each runtime, and uses nothing but what all of them have; the API that
 * it calls is in suite-api.ts.
 */
import type { ApiError, Client, ClientOptions, constructNotification } from "../../../client/index.ts";

export interface ClientModule {
  readonly Client: new (options: ClientOptions) => Client;
  readonly ApiError: typeof ApiError;
  readonly constructNotification: typeof constructNotification;
}

export interface CheckResult {
  readonly check: string;
  /** Undefined if all is well. */
  readonly mistake?: string;
}

const CUSTOMER = { email: "ada@example.com" };

/** A request with a notification, as lib/endpoints/webhook-signature.ts has signed it. */
const SECRET = `whsec_${btoa("a secret for the suite of checks")}`;
const SIGNED_AT = Date.parse("2026-11-27T12:00:05Z");
const SIGNATURE = new Headers({
  "webhook-id": "evt_1",
  "webhook-timestamp": String(SIGNED_AT / 1000),
  "webhook-signature": "v1,pUd7eu2RHRAvZ+fooBhEx73MGnyGfZUx3r+mkC/oS+M=",
});
const NOTIFICATION =
  '{"version":1,"id":"evt_1","type":"payment.succeeded","occurredAt":"2026-11-27T12:00:00.000Z","livemode":false,' +
  '"object":{"type":"payment_intent","id":"pi_1","status":"succeeded"},"application":{"orderId":"1042 – café"}}';

/** Runs every check, one after another. `baseUrl`: the address of `startSuiteApi`. */
export async function runSuite(
  { Client, ApiError, constructNotification }: ClientModule,
  baseUrl: string,
): Promise<readonly CheckResult[]> {
  const clock = { now: () => 0, sleep: async () => undefined };
  const client = (place: string, options: Partial<ClientOptions> = {}) =>
    new Client({ baseUrl: `${baseUrl}/${place}`, apiKey: "key", clock, ...options });
  const createCustomer = (place: string, options: Partial<ClientOptions> = {}) =>
    client(place, options).call("stripe-create-customer", CUSTOMER);

  const checks: Readonly<Record<string, () => Promise<void>>> = {
    "a call returns the outputs": async () => {
      same((await createCustomer("outputs")).customerId, "cus_1");
    },
    "a call is sent again with its key after a 503 and a broken connection": async () => {
      same((await createCustomer("third-time")).customerId, "cus_3");
    },
    "a problem rejects with an ApiError": async () => {
      const error = await failureOf(createCustomer("problem"));
      if (!(error instanceof ApiError)) throw error;
      same([error.code, error.status, error.requestId], ["VALIDATION_FAILED", 422, "request-1"]);
      same(error.issuesOf("email"), ["is not an address"]);
    },
    "a redirect is not followed": async () => {
      const error = await failureOf(createCustomer("redirect"));
      // A browser hides the status.
      if (!(error instanceof ApiError) || ![0, 307].includes(error.status)) throw error;
    },
    "a list is read page by page": async () => {
      const found: string[] = [];
      for await (const { priceId } of client("list").list("stripe-list-prices", {})) found.push(priceId);
      same(found, ["price_1", "price_2", "price_3"]);
    },
    "a run is awaited": async () => {
      const started = await client("run").start("process-payment", {
        ...{ customerEmail: "ada@example.com", customerName: "Ada", amount: 4200 },
      });
      same((await client("run").waitForRun(started)).status, "completed");
    },
    "an aborted call rejects with the reason": async () => {
      const controller = new AbortController();
      const reason = new Error("The user left");
      setTimeout(() => controller.abort(reason), 20);
      const call = client("silence").call("stripe-create-customer", CUSTOMER, { signal: controller.signal });
      same(await failureOf(call), reason);
    },
    "an attempt without a response ends": async () => {
      const error = await failureOf(createCustomer("silence", { attempts: 1, attemptMs: 50 }));
      if (!(error instanceof ApiError)) throw error;
      same([error.status, error.message], [0, "No response within 50 ms"]);
    },
    "a signed notification is believed, and an altered one is not": async () => {
      const received = (body: string) =>
        constructNotification(body, SIGNATURE, SECRET, { clock: { now: () => SIGNED_AT } });
      same((await received(NOTIFICATION)).application.orderId, "1042 – café");
      const error = await failureOf(received(NOTIFICATION.replace("pi_1", "pi_2")));
      same(Object(error).reason, "wrong-signature");
    },
    "a key that no header can hold is refused": async () => {
      const error = await failureOf(createCustomer("outputs", { apiKey: "a\nb" }));
      same(error instanceof TypeError && !error.message.includes("a\nb"), true);
    },
  };

  const results: CheckResult[] = [];
  for (const [check, run] of Object.entries(checks))
    results.push(
      await run().then(
        () => ({ check }),
        (thrown: unknown) => ({ check, mistake: String(thrown) }),
      ),
    );
  return results;
}

function same(found: unknown, wanted: unknown): void {
  if (found !== wanted && JSON.stringify(found) !== JSON.stringify(wanted))
    throw new Error(`${JSON.stringify(found)} is not ${JSON.stringify(wanted)}`);
}

/** What the call rejects with. */
const failureOf = (call: Promise<unknown>): Promise<unknown> =>
  call.then(
    () => new Error("The call succeeded"),
    (thrown: unknown) => thrown,
  );
