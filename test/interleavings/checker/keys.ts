/** One effect per key: what a key has created exists once, and every answer to the key is the same. */
import { canonicalJson } from "../../../lib/canonical-json.ts";
import { fieldOf, fieldsOf } from "../../../lib/untrusted.ts";
import { isFinal } from "../actors/api.ts";
import type { Answer, History, Wish } from "../actors/history.ts";
import { about, type Finding } from "./finding.ts";
import type { StripeObjects } from "./stripe-objects.ts";

const wrong = about("one effect per key");

export function keyFindings(history: History, stripe: StripeObjects): Finding[] {
  const wishes = [...new Set(history.tries.map(({ wish }) => wish))];
  return [
    ...wishes.flatMap((wish) => {
      const finals = finalAnswers(history, wish);
      return [
        ...differentAnswers(wish, finals),
        ...unexpected(wish, finals),
        ...created(wish, finals, stripe),
      ];
    }),
    ...referenceFindings(wishes, stripe),
    ...[...history.persons].flatMap((email) => {
      const count = stripe.customers.filter((customer) => customer.email === email).length;
      return count > 1 ? [wrong(`${email} is ${count} customers`)] : [];
    }),
    ...stripe.customers.flatMap(({ id }) => {
      const live = stripe.subscriptions.filter(
        ({ customer, status }) => customer === id && status !== "canceled",
      );
      return live.length > 1 ? [wrong(`${String(id)} has ${live.length} live subscriptions`)] : [];
    }),
  ];
}

function finalAnswers(history: History, wish: Wish): Answer[] {
  return history.tries.flatMap((attempt) =>
    attempt.wish === wish && attempt.answer !== undefined && isFinal(attempt.answer) ? [attempt.answer] : [],
  );
}

function differentAnswers({ capability, key }: Wish, finals: readonly Answer[]): Finding[] {
  const successes = finals.filter(({ status }) => status === 200);
  const different = new Set(successes.map(({ body }) => canonicalJson(body)));
  return [
    ...(different.size > 1 ? [wrong(`${capability} ${key} got ${[...different].join(" and ")}`)] : []),
    ...(successes.filter(({ isReplayed }) => !isReplayed).length > 1
      ? [wrong(`${capability} ${key} was run to its end twice`)]
      : []),
  ];
}

function unexpected({ capability, key, expected }: Wish, finals: readonly Answer[]): Finding[] {
  return finals.flatMap(({ status, body }) => {
    if (expected === undefined || (status === 200) === (expected === "success")) return [];
    return [wrong(`${capability} ${key} got ${status} ${String(body.detail ?? "")}, and not a ${expected}`)];
  });
}

function created(
  { capability, key, inputs }: Wish,
  finals: readonly Answer[],
  stripe: StripeObjects,
): Finding[] {
  if (capability !== "stripe-create-payment-intent") return [];
  const order = fieldOf(inputs, "metadata", "order");
  const intents = stripe.paymentIntents.filter((intent) => fieldOf(intent, "metadata", "order") === order);
  const succeeded = finals.filter(({ status }) => status === 200);
  return [
    ...(intents.length > 1 ? [wrong(`${key} has created ${intents.length} payment intents`)] : []),
    ...succeeded.flatMap(({ body }) =>
      intents.some(({ id }) => id === body.paymentIntentId)
        ? []
        : [wrong(`${key} got a payment intent that is not its own`)],
    ),
    ...intents.flatMap(({ amount }) =>
      amount === inputs.amount
        ? []
        : [wrong(`${key} asked for ${String(inputs.amount)}, and got ${String(amount)}`)],
    ),
  ];
}

/** A payment has one refund for each reference, and one for each key without one. */
function referenceFindings(wishes: readonly Wish[], stripe: StripeObjects): Finding[] {
  const references = stripe.refunds.flatMap(({ metadata }) => {
    const { reference } = fieldsOf(metadata);
    return reference === undefined ? [] : [String(reference)];
  });
  const wanted = wishes.filter(
    ({ capability, inputs }) => capability === "stripe-refund-payment" && inputs.reference === undefined,
  );
  const made = stripe.refunds.length - references.length;
  return [
    ...(new Set(references).size < references.length
      ? [wrong(`A reference has two refunds: ${references.join()}`)]
      : []),
    ...(made > wanted.length ? [wrong(`${wanted.length} keys have made ${made} refunds`)] : []),
  ];
}
