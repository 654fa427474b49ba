/**
 * The consumer of usage: sends it to Stripe as a meter event, once. What Stripe would refuse, or drop without an answer, is looked up
 * first. Refused usage is published and set aside, so that an operator can send it again when what was wrong is corrected.
 */
import { createHash } from "node:crypto";
import { Problem } from "../errors.ts";
import type { QueueMessage } from "../events/queue-message.ts";
import { RefusedMessage } from "../events/redelivery.ts";
import { logCall, noteLogged } from "../log.ts";
import { type StripeCall, withStripe } from "../stripe/stripe-client.ts";
import { consumeMeterReport } from "./consume-meter-report.ts";
import { customerExists } from "./known-customers.ts";
import { type MeterKeys, meterKeysOf } from "./meters.ts";
import { ONE_REFUSAL, refuseUsage } from "./refuse-usage.ts";
import { OLDEST_USAGE_SECONDS, readUsageMessage, type UsageRecord } from "./usage-record.ts";
import { noteSent, usageStateOf } from "./usage-records.ts";

/** The message contains usage of ours, or a report of Stripe about usage. */
export async function consumeUsage(message: QueueMessage): Promise<void> {
  const record = readUsageMessage(message.body);
  await (record === undefined ? consumeMeterReport(message) : sendUsage(record, message));
}

async function sendUsage(record: UsageRecord, message: QueueMessage): Promise<void> {
  const { messageId: requestId, receiveCount, now } = message;
  const { identifier, meter, customerId } = record;
  const line = { requestId, receiveCount, customerId, meter };
  const { state = "accepted", attempt = 0 } = (await usageStateOf(identifier)) ?? {};
  if (state === "sent") {
    logCall({ event: "usage.sent", ...line, outcome: "duplicate" });
    return;
  }
  const vendorRequests: string[] = [];
  const call = { ...message, noteVendorRequest: (id: string) => void vendorRequests.push(id) };
  const reason = await refusalOf(record, attempt, call);
  if (reason === undefined) {
    await noteSent(identifier, now());
    logCall({ event: "usage.sent", ...line, stripeRequestId: vendorRequests.at(-1), outcome: "succeeded" });
    return;
  }
  await refuseUsage({ record, state, attempt }, reason, now());
  const problem = new RefusedMessage("VALIDATION_FAILED", `Stripe does not take the usage: ${reason}`);
  logCall({ event: "usage.refused", ...line, reason, outcome: "rejected" }, problem, ONE_REFUSAL);
  noteLogged(problem);
  throw problem;
}

/** Sends the usage. Returns why Stripe does not take it, as one of Stripe's codes; undefined if it does. */
async function refusalOf(
  record: UsageRecord,
  attempt: number,
  call: StripeCall,
): Promise<string | undefined> {
  const oldest = call.now().getTime() / 1000 - OLDEST_USAGE_SECONDS;
  if (record.occurredAt < oldest) return "timestamp_too_far_in_past";
  const keys = await meterKeysOf(record.meter, call);
  if (keys === undefined) return "no_meter";
  if (!(await customerExists(record.customerId, call))) return "meter_event_customer_not_found";
  return send(record, keys, attempt, call);
}

async function send(
  { identifier, meter, customerId, quantity, occurredAt }: UsageRecord,
  keys: MeterKeys,
  attempt: number,
  call: StripeCall,
): Promise<string | undefined> {
  const digest = createHash("sha256").update(identifier).digest("hex");
  const parameters = { identifier: "identifier", meter: "event_name", usage: ["payload", "timestamp"] };
  try {
    await withStripe(
      { ...call, idempotencyKey: `usage:${digest}:${attempt}` },
      parameters,
      (stripe, options) =>
        stripe.billing.meterEvents.create(
          {
            event_name: meter,
            identifier,
            timestamp: occurredAt,
            payload: { [keys.customer]: customerId, [keys.value]: String(quantity) },
          },
          options,
        ),
    );
    return undefined;
  } catch (thrown) {
    if (!(thrown instanceof Problem) || thrown.retryable || thrown.status >= 500) throw thrown;
    return /\((\w+)\)$/.exec(thrown.message)?.[1] ?? "refused";
  }
}
