import type { EmulatorOptions } from "../emulator/emulator.ts";
import { StripeApiError, unauthorized } from "../protocol/errors.ts";

export interface Caller {
  key: string;
  /** Whether the key is one that browsers may have. */
  publishable: boolean;
}

/** Reads the API key from `Authorization: Bearer` or `Basic`. Throws a 401 when it is missing or not accepted. */
export function authenticate(authorization: string | undefined, options: EmulatorOptions): Caller {
  const key = keyOf(authorization ?? "");
  if (key === "") {
    throw unauthorized(
      "You did not provide an API key. You need to provide your API key in the Authorization header, " +
        "using Bearer auth (e.g. 'Authorization: Bearer YOUR_SECRET_KEY').",
    );
  }
  const publishable = key.startsWith("pk_test_");
  const expected = publishable ? options.publishableKey : options.secretKey;
  const isTestKey = publishable || /^[sr]k_test_/.test(key);
  if (!isTestKey || (expected !== undefined && key !== expected)) {
    throw unauthorized(`Invalid API Key provided: ${masked(key)}`);
  }
  return { key, publishable };
}

/** Throws a 401 for a publishable key, unless the endpoint is one that browsers may call. */
export function assertMayCall(caller: Caller, endpointIsPublishable: boolean): void {
  if (!caller.publishable || endpointIsPublishable) return;
  throw new StripeApiError(401, {
    type: "invalid_request_error",
    code: "secret_key_required",
    message: "This API call cannot be made with a publishable API key. Please use a secret API key.",
  });
}

function keyOf(authorization: string): string {
  const [scheme = "", value = ""] = authorization.trim().split(/\s+/);
  if (scheme.toLowerCase() === "bearer") return value;
  if (scheme.toLowerCase() !== "basic") return "";
  return Buffer.from(value, "base64").toString("utf8").split(":")[0] ?? "";
}

/** The key as Stripe shows it: enough to recognize it, too little to use it. */
function masked(key: string): string {
  return key.length <= 12 ? "****" : `${key.slice(0, 8)}****${key.slice(-4)}`;
}
