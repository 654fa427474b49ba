/** A log as the local stack would have written it in a busy week: for measuring what reads it. */
import { writeFileSync } from "node:fs";
import { olderPart } from "../../../local/logs/log-file.ts";
import { seededRandom } from "../../../local/seeded-random.ts";

export const SAMPLE_PREFIX = "contractspec-stripe-dev-";
/** Of the only line like that. */
export const RARE = { principal: "somebody-rare", paymentId: "pi_rare" };

const WEEK_MS = 7 * 86_400_000;
const PER_WRITE = 10_000;

/** Writes `count` lines: the older half into the older part, as a full file would be. */
export function writeSampleLog(file: string, count: number): void {
  const random = seededRandom(14);
  const begin = Date.UTC(2026, 10, 20);
  for (const [part, first, end] of [
    [olderPart(file), 0, count / 2],
    [file, count / 2, count],
  ] as const) {
    writeFileSync(part, "");
    for (let from = first; from < end; from += PER_WRITE) {
      const numbers = Array.from({ length: Math.min(PER_WRITE, end - from) }, (_, index) => from + index);
      const lines = numbers.map((number) => lineOf(number, begin + (number / count) * WEEK_MS, random));
      writeFileSync(part, lines.join(""), { flag: "a" });
    }
  }
}

function lineOf(number: number, time: number, random: () => number): string {
  const timestamp = Math.floor(time);
  const isEvent = random() < 0.4;
  const customerId = `cus_${Math.floor(random() * 2_000)}`;
  const principalId = number === 10 ? RARE.principal : `shop-${Math.floor(random() * 20)}`;
  const common = {
    level: "info",
    timestamp: new Date(timestamp).toISOString(),
    stage: "dev",
    requestId: `00000000-0000-4000-8000-${String(number).padStart(12, "0")}`,
    durationMs: Math.floor(random() * 500),
    coldStart: false,
    auditEventId: `00000000-0000-4000-9000-${String(number).padStart(12, "0")}`,
    auditWriter: "w-1",
    auditSequence: number,
    auditDigest: "0".repeat(64),
    customerId,
    paymentId: number === 10 ? RARE.paymentId : `pi_${Math.floor(number / 5)}`,
    amount: 4_200,
    currency: "usd",
    outcome: outcomeOf(random()),
  };
  const message = isEvent
    ? { event: "webhook.applied", eventId: `evt_${number}`, eventType: "payment_intent.succeeded", ...common }
    : {
        event: "capability.invoked",
        capabilityId: "stripe-create-payment-intent",
        action: "invoke",
        principalId,
        decision: "PERMIT",
        ruleId: "shops-may-charge",
        stripeRequestId: `req_${number}`,
        ...common,
      };
  const log = `/aws/lambda/${SAMPLE_PREFIX}${isEvent ? "on-payment-intent-event" : "stripe-create-payment-intent"}`;
  return `${JSON.stringify({ timestamp, log, message: JSON.stringify(message) })}\n`;
}

function outcomeOf(chance: number): string {
  if (chance < 0.9) return "succeeded";
  if (chance < 0.95) return "replayed";
  return chance < 0.98 ? "denied" : "failed";
}
