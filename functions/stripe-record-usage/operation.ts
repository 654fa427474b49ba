/**
 * Accepts usage of a customer: stores it by its identifier, and queues it for Stripe. Needs no response of Stripe, so that no usage is
 * lost while Stripe is away: see docs/decisions/0067.
 */
import type { Inputs, Outputs } from "../../generated/capabilities/stripe-record-usage.ts";
import type { Operation, OperationContext } from "../../lib/capability/capability.ts";
import { invalidField } from "../../lib/errors.ts";
import { queueUsage } from "../../lib/metering/queue-usage.ts";
import { OLDEST_USAGE_SECONDS, USAGE_AHEAD_SECONDS } from "../../lib/metering/usage-record.ts";
import { acceptUsage } from "../../lib/metering/usage-records.ts";
import { callMark } from "../../lib/stripe/own-metadata.ts";

export const recordUsage: Operation<Inputs, Outputs> = async (inputs, context) => {
  const { customerId, meter, quantity, occurredAt } = inputs;
  const identifier = inputs.identifier ?? `usage_${callMark(context.idempotencyKey)}`;
  const wanted = { identifier, customerId, meter, quantity, occurredAt: timeOf(occurredAt, context) };
  const { record, isToSend } = await acceptUsage(wanted, {
    isTimed: occurredAt !== undefined,
    now: context.now(),
  });
  if (isToSend) await queueUsage(record);
  return { accepted: true, identifier };
};

/** Unix seconds. Throws VALIDATION_FAILED for a time at which Stripe takes no usage. */
function timeOf(occurredAt: string | undefined, { now }: OperationContext): number {
  const nowSeconds = Math.floor(now().getTime() / 1000);
  if (occurredAt === undefined) return nowSeconds;
  const seconds = Math.floor(Date.parse(occurredAt) / 1000);
  if (seconds < nowSeconds - OLDEST_USAGE_SECONDS)
    throw invalidField("occurredAt", "must be at most 35 days ago: Stripe takes no older usage");
  if (seconds > nowSeconds + USAGE_AHEAD_SECONDS)
    throw invalidField("occurredAt", "must not be in the future");
  return seconds;
}
