import { createServer } from "node:http";
import { afterEach } from "@jest/globals";
import Stripe from "stripe";
import { type EmulatorOptions, type StripeEmulator, startStripeEmulator } from "../index.ts";
import { present } from "../present.ts";

const cleanups: (() => Promise<unknown> | unknown)[] = [];
afterEach(async () => {
  for (const cleanup of cleanups.splice(0).reverse()) await cleanup();
});

export interface RunningEmulator {
  emulator: StripeEmulator;
  stripe: Stripe;
  /** Calls the control interface. By default GET without a body and POST with one. */
  control(action: string, body?: unknown, method?: string): Promise<{ status: number; body: ControlBody }>;
  /** Pays as the customer would. The body is the intent or the error. */
  pay(paymentIntent: string, card: string): Promise<{ status: number; body: ControlBody }>;
  /** The types of all events, oldest first. */
  eventTypes(): Promise<string[]>;
}

/** A JSON response, as far as the tests read it. */
export interface ControlBody {
  [name: string]: unknown;
  status?: string;
  error?: {
    message: string;
    type?: string;
    code?: string;
    decline_code?: string;
    payment_intent?: Stripe.PaymentIntent;
    setup_intent?: Stripe.SetupIntent;
  };
  events?: {
    id: string;
    type: string;
    delivered: boolean;
    deliveries: { state: string; attempts: unknown[] }[];
  }[];
}

/** Starts an emulator on a free port, with an SDK client for it. It is closed after the test. */
export async function givenAnEmulator(options: Partial<EmulatorOptions> = {}): Promise<RunningEmulator> {
  const emulator = await startStripeEmulator({ port: 0, ...options });
  cleanups.push(() => emulator.close());
  const control: RunningEmulator["control"] = async (
    action,
    body,
    method = body === undefined ? "GET" : "POST",
  ) => {
    const headers = { "content-type": "application/json" };
    const init = body === undefined ? { method } : { method, headers, body: JSON.stringify(body) };
    const response = await fetch(`${emulator.url}/_emulator/${action}`, init);
    const json: ControlBody = JSON.parse(await response.text());
    return { status: response.status, body: json };
  };
  return {
    emulator,
    stripe: clientOf(emulator),
    control,
    pay: (paymentIntent, card) => control("pay", { paymentIntent, card }),
    eventTypes: async () => ((await control("events")).body.events ?? []).map((event) => event.type),
  };
}

export function clientOf({ port }: Pick<StripeEmulator, "port">, key = "sk_test_local"): Stripe {
  return new Stripe(key, {
    host: "127.0.0.1",
    port,
    protocol: "http",
    maxNetworkRetries: 0,
    telemetry: false,
  });
}

export interface Received {
  body: string;
  signature: string;
}

/** Starts a webhook receiver that responds with `statuses` in turn, and then with 200. */
export async function givenAWebhookReceiver(
  statuses: number[] = [],
): Promise<{ url: string; received: Received[] }> {
  const received: Received[] = [];
  const server = createServer(async (request, response) => {
    const chunks: Buffer[] = [];
    for await (const chunk of request) chunks.push(Buffer.from(chunk));
    received.push({
      body: Buffer.concat(chunks).toString(),
      signature: String(request.headers["stripe-signature"]),
    });
    response.writeHead(statuses.shift() ?? 200).end();
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  cleanups.push(() => {
    server.closeAllConnections();
    return new Promise((resolve) => server.close(resolve));
  });
  const address = server.address();
  if (address === null || typeof address === "string") throw new Error("The receiver has no port.");
  return { url: `http://127.0.0.1:${address.port}/webhooks`, received };
}

/** Waits until the condition holds. Rejects with `what` after ten seconds. */
export async function eventually(what: string, condition: () => boolean | Promise<boolean>): Promise<void> {
  const deadline = Date.now() + 10_000;
  while (!(await condition())) {
    if (Date.now() > deadline) throw new Error(`Did not happen: ${what}`);
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
}

/** The error with which the call rejects. Rejects itself when there is none, or another kind. */
export async function errorOf(call: Promise<unknown>): Promise<Stripe.errors.StripeError> {
  const outcome = await call.then(
    () => undefined,
    (error: unknown) => error,
  );
  if (outcome instanceof Stripe.errors.StripeError) return outcome;
  throw new Error(`Expected a StripeError, got ${outcome === undefined ? "success" : String(outcome)}`);
}

/** A call without the SDK, for requests that the SDK would not send. */
export async function rawCall(
  emulator: StripeEmulator,
  method: string,
  path: string,
  { body, headers = {} }: { body?: string; headers?: Record<string, string> } = {},
): Promise<{ status: number; headers: Headers; body: ControlBody }> {
  const response = await fetch(`${emulator.url}${path}`, {
    method,
    headers: {
      authorization: "Bearer sk_test_local",
      "content-type": "application/x-www-form-urlencoded",
      ...headers,
    },
    ...present({ body }),
  });
  const json: ControlBody = JSON.parse(await response.text());
  return { status: response.status, headers: response.headers, body: json };
}
