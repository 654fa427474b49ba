/** Money is conserved: what clients have asked for was moved once, limits hold, and usage is counted once. */
import { fromAttributes } from "../../../lib/aws/attribute-values.ts";
import { type Fields, fieldOf } from "../../../lib/untrusted.ts";
import { isFinal } from "../actors/api.ts";
import type { History } from "../actors/history.ts";
import type { World } from "../world/world.ts";
import { about, type Finding } from "./finding.ts";
import type { StripeObjects } from "./stripe-objects.ts";

const wrong = about("money is conserved");
/** The limit of a customer and a day, in cents of a euro: policies/default.yml. */
const LIMIT = 10_000_000;

export function moneyFindings(world: World, history: History, stripe: StripeObjects): Finding[] {
  return [
    ...paymentFindings(history, stripe),
    ...refundFindings(history, stripe),
    ...limitFindings(stripe),
    ...usageFindings(world, history, stripe),
  ];
}

function paymentFindings(history: History, stripe: StripeObjects): Finding[] {
  const received = new Map(
    stripe.paymentIntents.map((intent) => [intent.id, Number(intent.amount_received)]),
  );
  return history.payments.flatMap(({ paymentIntent, amount }) =>
    received.get(paymentIntent) === amount
      ? []
      : [wrong(`${paymentIntent} should have taken ${amount}, and has taken ${received.get(paymentIntent)}`)],
  );
}

/** Each refund that a client was told of exists with its amount, and no other one does. */
function refundFindings(history: History, stripe: StripeObjects): Finding[] {
  const told = new Map<unknown, unknown>();
  for (const { wish, answer } of history.tries) {
    if (wish.capability !== "stripe-refund-payment" || answer?.status !== 200 || !isFinal(answer)) continue;
    told.set(answer.body.refundId, answer.body.amount);
  }
  const made = new Map(stripe.refunds.map(({ id, amount }) => [id, amount]));
  return [
    ...[...told].flatMap(([id, amount]) =>
      made.get(id) === amount
        ? []
        : [wrong(`The client knows of the refund ${String(id)} of ${String(amount)}`)],
    ),
    ...[...made.keys()]
      .filter((id) => !told.has(id))
      .map((id) => wrong(`No client knows of the refund ${String(id)}`)),
  ];
}

function limitFindings(stripe: StripeObjects): Finding[] {
  const limited = stripe.paymentIntents.filter((intent) => fieldOf(intent, "metadata", "limited") === "yes");
  return [...Map.groupBy(limited, ({ customer }) => customer)].flatMap(([customer, intents]) => {
    const sum = intents.reduce((total, { amount }) => total + Number(amount), 0);
    return sum > LIMIT ? [about("limits hold")(`${String(customer)} may be charged ${sum} today`)] : [];
  });
}

function usageFindings({ dynamodb, topic }: World, history: History, stripe: StripeObjects): Finding[] {
  const wanted = new Map<string, number>();
  for (const { customer, quantity } of history.usage.values())
    wanted.set(customer, (wanted.get(customer) ?? 0) + quantity);
  const records = dynamodb.items("UsageRecordsTable").map((item): Fields => fromAttributes(item));
  const refused = topic.published.filter(({ notification }) => notification.type === "usage.refused");
  return [
    ...[...wanted].flatMap(([customer, quantity]) =>
      stripe.usage.get(customer) === quantity
        ? []
        : [wrong(`${customer} has used ${quantity}, and is charged for ${stripe.usage.get(customer)}`)],
    ),
    ...records.flatMap(({ identifier, state }) =>
      state === "sent" ? [] : [wrong(`The usage ${String(identifier)} is ${String(state)}`)],
    ),
    ...refused.map(() => wrong("Usage was reported as refused")),
  ];
}
