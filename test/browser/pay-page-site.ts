/** The pay page's function behind a small HTTP server, with its own Stripe emulator. */
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import Stripe from "stripe";
import { handler } from "../../functions/pay-page/handler.ts";
import { createPayToken } from "../../lib/pay-link/pay-token.ts";
import { present } from "../../lib/present.ts";
import { startStripeEmulator } from "../../stripe-emulator/index.ts";
import { httpEvent, lambdaContext } from "../steps/given.ts";

const APP_SECRET = "app-secret-of-the-tests";

export interface PayPageSite {
  readonly stripe: Stripe;
  readonly emulatorUrl: string;
  readonly origin: string;
  /** A link like the mailed one. It expires after `expiresInSeconds`, by default one week. */
  link(objectId: string, expiresInSeconds?: number, returnUrl?: string): string;
  /** Pays with a card's number, as a customer would in another window. */
  payElsewhere(paymentIntentId: string, card: string): Promise<void>;
  /** Starts to pay with a method that waits, such as `oxxo`, as a customer would in another window. */
  waitElsewhere(paymentIntentId: string, method: string): Promise<void>;
  /** The customer pays what the payment waits for, or lets the time pass. */
  settleElsewhere(paymentIntentId: string, outcome: "paid" | "expired"): Promise<void>;
  /** Saves a card's number with a setup intent, as a customer would in another window. */
  setupElsewhere(setupIntentId: string, card: string): Promise<void>;
  /** Moves Stripe's clock on. */
  moveClock(seconds: number): Promise<void>;
  close(): Promise<void>;
}

export async function startPayPageSite(): Promise<PayPageSite> {
  const emulator = await startStripeEmulator({ port: 0 });
  Object.assign(process.env, {
    APP_SECRET,
    STAGE: "dev",
    STRIPE_API_BASE: emulator.url,
    STRIPE_SECRET_KEY: "sk_test_local",
    STRIPE_PUBLISHABLE_KEY: "pk_test_local",
  });
  const server = createServer((request, response) => void respond(request, response));
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const address = server.address();
  if (address === null || typeof address === "string") throw new Error("The server has no port");
  const origin = `http://127.0.0.1:${address.port}`;
  const control = async (action: string, input: object) => {
    const body = JSON.stringify(input);
    const headers = { "content-type": "application/json" };
    await fetch(`${emulator.url}/_emulator/${action}`, { method: "POST", headers, body });
  };
  return {
    stripe: new Stripe("sk_test_local", {
      host: "127.0.0.1",
      port: emulator.port,
      protocol: "http",
      telemetry: false,
    }),
    emulatorUrl: emulator.url,
    origin,
    link(objectId, expiresInSeconds = 7 * 24 * 60 * 60, returnUrl?: string) {
      const expiresAt = Math.floor(Date.now() / 1000) + expiresInSeconds;
      const link = { objectId, expiresAt, ...present({ returnUrl }) };
      return `${origin}/pay/${createPayToken(link, [APP_SECRET])}`;
    },
    payElsewhere: (paymentIntent, card) => control("pay", { paymentIntent, card }),
    waitElsewhere: (paymentIntent, method) => control("wait", { paymentIntent, method }),
    settleElsewhere: (paymentIntent, outcome) => control("settle", { paymentIntent, outcome }),
    setupElsewhere: (setupIntent, card) => control("setup", { setupIntent, card }),
    moveClock: (advance) => control("clock", { advance }),
    async close() {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
      await emulator.close();
    },
  };
}

async function respond(
  { url = "/", headers: sent }: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  const { pathname, searchParams } = new URL(url, "http://localhost");
  const [, , first = "", second] = pathname.split("/");
  const pathParameters: Record<string, string> =
    first === "assets" && second !== undefined ? { asset: second } : { token: decodeURIComponent(first) };
  const event = httpEvent({
    method: "GET",
    path: pathname,
    pathParameters,
    authorizer: null,
    headers: present({ "accept-language": sent["accept-language"] }),
  });
  const queryStringParameters = Object.fromEntries(searchParams);
  const {
    statusCode = 500,
    headers = {},
    body,
  } = await handler({ ...event, queryStringParameters }, lambdaContext());
  for (const [name, value] of Object.entries(headers)) response.setHeader(name, String(value));
  response.writeHead(statusCode).end(body);
}
