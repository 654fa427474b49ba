/** One effect per key: what a key has created exists once, and every answer to the key is the same. */
import { canonicalJson } from "../../../lib/canonical-json.ts";
import { fieldOf } from "../../../lib/untrusted.ts";
import { isFinal } from "../actors/api.ts";
import type { History, Wish } from "../actors/history.ts";
import type { Finding } from "./check.ts";
import type { StripeObjects } from "./stripe-objects.ts";

export function keyFindings(history: History, stripe: StripeObjects): Finding[] {
  const wishes = [...new Set(history.tries.map(({ wish }) => wish))];
  return wishes.flatMap((wish) => [
    ...answerFindings(history, wish),
    ...createdFindings(history, wish, stripe),
  ]);
}

const wrong = (text: string): Finding => ({ invariant: "one effect per key", wrong: text });

function answerFindings(history: History, wish: Wish): Finding[] {
  const finals = history
    .triesOf(wish)
    .flatMap(({ answer }) => (answer !== undefined && isFinal(answer) ? [answer] : []));
  const different = new Set(
    finals.map(({ status, body }) => canonicalJson({ status, body: status === 200 ? body : body.code })),
  );
  return different.size > 1
    ? [wrong(`${wish.capability} ${wish.key} got different answers: ${[...different].join(" and ")}`)]
    : [];
}

function createdFindings(history: History, wish: Wish, stripe: StripeObjects): Finding[] {
  if (wish.capability !== "stripe-create-payment-intent") return [];
  const order = fieldOf(wish.inputs, "metadata", "order");
  const created = stripe.paymentIntents.filter((intent) => fieldOf(intent, "metadata", "order") === order);
  const succeeded = history.triesOf(wish).some(({ answer }) => answer?.status === 200);
  if (created.length > 1) return [wrong(`${wish.key} has created ${created.length} payment intents`)];
  if (succeeded && created.length === 0) return [wrong(`${wish.key} succeeded, and created nothing`)];
  return [];
}
