/**
 * The smoke calls after a deployment: the API is up, it knows its callers and refuses others, it can read from Stripe, and it
 * recognizes what Stripe signs. They change nothing but a key of ten minutes, which is deleted again.
 */
import { deleteItem } from "../../lib/aws/dynamodb.ts";
import { env } from "../../lib/env.ts";
import { createApiKey } from "../../lib/identity/api-keys.ts";
import { webhookSignature } from "../../stripe-emulator/index.ts";
import { WEBHOOK_PATH } from "../stripe/command.ts";
import { errorText } from "./error-name.ts";

export interface SmokeCall {
  readonly name: string;
  readonly isGood: boolean;
  /** What was expected and what came. */
  readonly detail: string;
}

const READ_PATH = "/api/capabilities/stripe-list-prices?limit=1";
const PRINCIPAL = "deployment";
/** It may read prices. */
const ROLE = "checkout";
const KEY_SECONDS = 600;
const CALL_MS = 15_000;
/** Signed by Stripe's secret and without the shape of an event: the webhook acknowledges it, and queues nothing. */
const NOT_AN_EVENT = JSON.stringify({ object: "smoke_call" });

/** `apiUrl`: without a slash at its end. `webhookSecrets`: STRIPE_WEBHOOK_SECRET of the stage. Never throws. */
export async function smokeCalls(
  apiUrl: string,
  { stage, webhookSecrets, now }: { stage: string; webhookSecrets: string; now: Date },
): Promise<SmokeCall[]> {
  const [secret = ""] = webhookSecrets.split(",").map((one) => one.trim());
  const signature = webhookSignature(NOT_AN_EVENT, [secret], Math.floor(now.getTime() / 1000));
  const call = (name: string, path: string, expected: number, init: RequestInit, body = /(?:)/) =>
    smokeCall(name, `${apiUrl}${path}`, expected, body, init);
  return [
    await call("health", "/api/health", 200, {}, new RegExp(`"stage":"${stage}"`)),
    await call("a call without a key is refused", READ_PATH, 401, {}),
    await withKey(now, (headers) => call("a call with a key reads from Stripe", READ_PATH, 200, { headers })),
    await call(
      "a signed message is recognized, and ignored",
      WEBHOOK_PATH,
      200,
      {
        method: "POST",
        headers: { "content-type": "application/json", "stripe-signature": signature },
        body: NOT_AN_EVENT,
      },
      /^(?!.*queued)/,
    ),
    await call("an unsigned message is refused", WEBHOOK_PATH, 400, { method: "POST", body: NOT_AN_EVENT }),
  ];
}

async function smokeCall(
  name: string,
  url: string,
  expected: number,
  body: RegExp,
  init: RequestInit,
): Promise<SmokeCall> {
  try {
    const response = await fetch(url, { ...init, signal: AbortSignal.timeout(CALL_MS) });
    const text = await response.text();
    const isGood = response.status === expected && body.test(text);
    const code = /"code":"(\w+)"/.exec(text)?.[1];
    return {
      name,
      isGood,
      detail: `${response.status}${code === undefined ? "" : ` ${code}`}${isGood ? "" : `, not ${expected}`}`,
    };
  } catch (thrown) {
    return { name, isGood: false, detail: errorText(thrown) };
  }
}

/** With a key of its own, so that nobody has to give one to the person who deploys. */
async function withKey(
  now: Date,
  call: (headers: Record<string, string>) => Promise<SmokeCall>,
): Promise<SmokeCall> {
  try {
    const { key, record } = await createApiKey(
      { id: PRINCIPAL, roles: [ROLE] },
      { expiresAt: Math.floor(now.getTime() / 1000) + KEY_SECONDS },
      now,
    );
    try {
      return await call({ authorization: `Bearer ${key}` });
    } finally {
      await deleteItem(
        env("API_KEYS_TABLE"),
        { keyId: record.keyId },
        { expression: "attribute_exists(keyId)" },
      );
    }
  } catch (thrown) {
    return { name: "a call with a key reads from Stripe", isGood: false, detail: errorText(thrown) };
  }
}
