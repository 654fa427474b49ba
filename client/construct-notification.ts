import type { Notification } from "../generated/client/notifications.ts";
import { type Clock, systemClock } from "./clock.ts";
import { NotificationError } from "./notification-error.ts";

/** `Headers` of a fetch request, or the headers of a request of Node. */
export type NotificationHeaders =
  | Pick<Headers, "get">
  | Readonly<Record<string, string | readonly string[] | undefined>>;

export interface ConstructOptions {
  /** How many seconds the signature's time may differ from now; by default 300. */
  readonly tolerance?: number;
  readonly clock?: Pick<Clock, "now">;
}

type Key = Awaited<ReturnType<typeof crypto.subtle.importKey>>;

const TOLERANCE_SECONDS = 300;
const VERSION = 1;

/**
 * The notification in a request, once its signature (Standard Webhooks) is checked. `body` is the whole body as it came, not parsed and
 * written again. With several secrets, one of them must have signed it: give the old and the new one while you replace a secret.
 * Rejects with a NotificationError. A notification can come twice, with the same `id`.
 */
export async function constructNotification(
  body: string | Uint8Array,
  headers: NotificationHeaders,
  secret: string | readonly string[],
  { tolerance = TOLERANCE_SECONDS, clock = systemClock }: ConstructOptions = {},
): Promise<Notification> {
  const id = requiredHeader(headers, "webhook-id");
  const timestamp = requiredHeader(headers, "webhook-timestamp");
  const signatures = requiredHeader(headers, "webhook-signature");
  checkTime(timestamp, tolerance, clock.now() / 1000);
  const bytes = typeof body === "string" ? new TextEncoder().encode(body) : body;
  const signed = joined(new TextEncoder().encode(`${id}.${timestamp}.`), bytes);
  const secrets = typeof secret === "string" ? [secret] : secret;
  const keys = await Promise.all(secrets.map(keyOf));
  if (!(await isSigned(signed, signatures, keys)))
    throw new NotificationError("wrong-signature", "None of the secrets has signed this body");
  return notificationIn(bytes);
}

function requiredHeader(headers: NotificationHeaders, name: string): string {
  const value = headerOf(headers, name);
  if (value) return value;
  throw new NotificationError("missing-header", `The request has no header ${name}`);
}

function headerOf(headers: NotificationHeaders, name: string): string | undefined {
  if (isHeaders(headers)) return headers.get(name) ?? undefined;
  const [, value] = Object.entries(headers).find(([given]) => given.toLowerCase() === name) ?? [];
  return typeof value === "object" ? value[0] : value;
}

const isHeaders = (headers: NotificationHeaders): headers is Pick<Headers, "get"> =>
  typeof headers.get === "function";

function checkTime(timestamp: string, tolerance: number, now: number): void {
  if (!/^\d{1,12}$/.test(timestamp))
    throw new NotificationError(
      "invalid-timestamp",
      "The header webhook-timestamp is not a time in Unix seconds",
    );
  const age = now - Number(timestamp);
  if (age > tolerance)
    throw new NotificationError("too-old", `It was signed more than ${tolerance} seconds ago`);
  if (age < -tolerance)
    throw new NotificationError("too-new", `It was signed more than ${tolerance} seconds in the future`);
}

function joined(first: Uint8Array, second: Uint8Array): Uint8Array<ArrayBuffer> {
  const all = new Uint8Array(first.length + second.length);
  all.set(first);
  all.set(second, first.length);
  return all;
}

/** Throws a NotificationError without the secret in its message. */
function keyOf(secret: string): Promise<Key> {
  const key = secret.startsWith("whsec_") ? bytesIn(secret.slice("whsec_".length)) : undefined;
  if (!key?.length)
    throw new NotificationError("invalid-secret", "A secret is not whsec_ and base64, as it was printed");
  return crypto.subtle.importKey("raw", key, { name: "HMAC", hash: "SHA-256" }, false, ["verify"]);
}

/** Undefined for a text that is not base64. */
function bytesIn(base64: string): Uint8Array<ArrayBuffer> | undefined {
  try {
    return Uint8Array.from(atob(base64), (character) => character.charCodeAt(0));
  } catch {
    return undefined;
  }
}

/** The platform compares in constant time. Signatures of other versions are ignored. */
async function isSigned(
  signed: Uint8Array<ArrayBuffer>,
  signatures: string,
  keys: readonly Key[],
): Promise<boolean> {
  for (const signature of signatures.split(" ")) {
    const bytes = signature.startsWith("v1,") ? bytesIn(signature.slice(3)) : undefined;
    if (bytes === undefined) continue;
    for (const key of keys) if (await crypto.subtle.verify("HMAC", key, bytes, signed)) return true;
  }
  return false;
}

function notificationIn(bytes: Uint8Array): Notification {
  let notification: unknown;
  try {
    notification = JSON.parse(new TextDecoder().decode(bytes));
  } catch {
    notification = undefined;
  }
  if (isNotification(notification)) return notification;
  throw new NotificationError("unknown-body", `The body is not a notification of version ${VERSION}`);
}

/** Its signature is ours, so only its kind is in question. */
function isNotification(value: unknown): value is Notification {
  if (typeof value !== "object" || value === null) return false;
  return "version" in value && value.version === VERSION && "type" in value && typeof value.type === "string";
}
