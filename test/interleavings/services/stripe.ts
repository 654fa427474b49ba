/**
 * Stripe: the emulator in this process, and Stripe's own SDK with a connection that goes through the simulated network. The SDK is loaded
 * once for all seeds; it gets the time from the world that runs.
 */
import type StripeSdk from "stripe";
import type * as emulatorCode from "../../../stripe-emulator/index.ts";
import { bundled } from "../world/code.ts";
import { type Network, NoResponse, type Sender } from "../world/network.ts";
import type { Realm } from "../world/realm.ts";

export type Emulator = emulatorCode.InProcessEmulator;
export type EmulatorModule = Pick<typeof emulatorCode, "emulatorInProcess">;
type Sdk = typeof StripeSdk;
type Response = Awaited<ReturnType<StripeSdk.HttpClient["makeRequest"]>>;

const SDK_ENTRY = "test/interleavings/services/stripe-sdk.ts";

/** Stripe's SDK, whose time is that of `realm`. */
export async function stripeSdk(realm: Realm): Promise<Sdk> {
  const load = await bundled(SDK_ENTRY, []);
  const copy = load(new Map());
  copy.enter(realm);
  const { Stripe } = copy.exports;
  if (!isSdk(Stripe)) throw new Error("The bundle of Stripe's SDK exports no Stripe");
  return Stripe;
}

const isSdk = (value: unknown): value is Sdk => typeof value === "function";

/** Where the SDK's requests come from and go to. */
export interface StripePlace {
  readonly sender: Sender;
  readonly network: Network;
  readonly connection: Connection;
}

/** The SDK as one copy of the code imports it. */
export function stripeFor(sdk: Sdk, place: () => StripePlace): unknown {
  return Object.defineProperty(class extends sdk {}, "createNodeHttpClient", {
    value: () => clientOf(place),
  });
}

/** How requests reach the emulator. */
export interface Connection {
  readonly request: Emulator["request"];
}

function clientOf(place: () => StripePlace): StripeSdk.HttpClient {
  return {
    getClientName: () => "simulated",
    async makeRequest(_host, _port, path, method, headers, requestData, _protocol, timeout) {
      const { sender, network, connection } = place();
      const [pathname = "", query = ""] = path.split("?");
      const lowerCase = Object.fromEntries(
        Object.entries(headers).map(([name, value]) => [name.toLowerCase(), String(value)]),
      );
      const response = await network
        .send(sender, {
          name: `stripe ${method} ${pathname}`,
          service: "stripe",
          isSale: method !== "GET",
          patienceMs: timeout,
          effect: () =>
            connection.request({
              method,
              path: pathname,
              query,
              headers: lowerCase,
              body: requestData ?? "",
            }),
          describe: ({ status }) => String(status),
        })
        .catch(withoutResponse);
      return responseOf(response.status, response.headers, response.body);
    },
  };
}

function responseOf(status: number, headers: Record<string, string>, body: string): Response {
  return {
    getStatusCode: () => status,
    getHeaders: () => headers,
    getRawResponse: () => ({ headers, statusCode: status }),
    toStream: () => {
      throw new Error("Nothing reads a stream of Stripe's");
    },
    toJSON: async () => JSON.parse(body),
  };
}

/** What the SDK sees of a request without a response: an error of the connection, or Stripe's refusal for now. */
function withoutResponse(thrown: unknown): Awaited<ReturnType<Emulator["request"]>> {
  if (!(thrown instanceof NoResponse)) throw thrown;
  if (thrown.kind !== "throttled")
    throw Object.assign(new Error(thrown.message), {
      code: thrown.kind === "timeout" ? "ETIMEDOUT" : "ECONNRESET",
    });
  const error = { type: "rate_limit_error", code: "rate_limit", message: "Too many requests" };
  return { status: 429, headers: { "request-id": "req_throttled" }, body: JSON.stringify({ error }) };
}
