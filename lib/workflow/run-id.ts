/**
 * The id of the run that a caller's Idempotency-Key names. It is keyed, so that nobody else can compute it, and stored with
 * the key, so that a rotation of APP_SECRET does not change it: a repeated request finds its run.
 */
import { getItem, putItem } from "../aws/dynamodb.ts";
import { env } from "../env.ts";
import { macOf } from "../sealing/mac.ts";
import { textOf } from "../untrusted.ts";

/** 128 bits in hexadecimal: execution names have at most 80 characters. */
const RUN_ID_DIGITS = 32;

/** Longer than Step Functions remembers the name of a run: 90 days after its end. */
const KEPT_SECONDS = 120 * 24 * 60 * 60;

/** The id of a new run for `scopedKey`. */
export function newRunId(scopedKey: string, appSecrets: readonly string[]): string {
  const digits = Buffer.from(macOf("run-id/v1", [scopedKey], appSecrets), "base64url").toString("hex");
  return `run-${digits.slice(0, RUN_ID_DIGITS)}`;
}

/**
 * The id of the run for `scopedKey`: `runId`, which is stored with the key, unless an earlier request has stored another.
 * Throws SERVICE_UNAVAILABLE if the table cannot be used.
 */
export async function keepRunId(scopedKey: string, runId: string, now: Date): Promise<string> {
  const expiresAt = Math.floor(now.getTime() / 1000) + KEPT_SECONDS;
  const isFirst = await putItem(
    env("IDEMPOTENCY_KEYS_TABLE"),
    { id: scopedKey, runId, expiresAt },
    { expression: "attribute_not_exists(id)" },
  );
  if (isFirst) return runId;
  const first = await getItem(env("IDEMPOTENCY_KEYS_TABLE"), { id: scopedKey });
  return textOf(first?.runId) ?? runId;
}
