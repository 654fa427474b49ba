/** At most one mail about one thing; and exactly one if nothing fails. */
import type { History } from "../actors/history.ts";
import type { Mail } from "../services/mailbox.ts";
import type { World } from "../world/world.ts";
import { about, type Finding } from "./finding.ts";
import type { StripeObjects } from "./stripe-objects.ts";

const wrong = about("one mail at most");

export function mailFindings(
  { mailbox, faults, dynamodb }: World,
  history: History,
  stripe: StripeObjects,
): Finding[] {
  const { mails } = mailbox;
  const failures = new Map<unknown, number>();
  for (const { payment_intent: id, status } of stripe.charges)
    if (status === "failed") failures.set(id, (failures.get(id) ?? 0) + 1);
  return [
    ...["receipt", "refund"].flatMap((template) => repeated(mails, template, () => 1)),
    ...repeated(mails, "payment-failed", (id) => failures.get(id) ?? 0),
    // One about the code, and one about the number of attempts.
    ...repeated(mails, "payment-failed-admin", () => 2),
    ...(faults.count === 0 ? missingReceipts(mails, history) : []),
    ...(faults.count === 0 ? repeatedTexts(mails) : []),
    ...dynamodb.items("FailedPaymentsTable").flatMap((payment) => {
      const counted = Number(payment.attempts?.N);
      const failed = failures.get(payment.paymentId?.S) ?? 0;
      return counted > failed
        ? [wrong(`${payment.paymentId?.S} has ${counted} failures, of ${failed} at Stripe`)]
        : [];
    }),
  ];
}

function repeated(
  mails: readonly Mail[],
  template: string,
  most: (payment: string | undefined) => number,
): Finding[] {
  const of = mails.filter(({ tags }) => tags.template === template);
  return [...Map.groupBy(of, ({ tags, to }) => `${tags.payment} ${to}`)].flatMap(([about, copies]) => {
    const limit = most(copies[0]?.tags.payment);
    return copies.length > limit
      ? [wrong(`${copies.length} mails ${template} about ${about}, and not ${limit}`)]
      : [];
  });
}

/** Mails that a client has written itself; each has its own subject. */
function repeatedTexts(mails: readonly Mail[]): Finding[] {
  const own = mails.filter(({ subject }) => subject.startsWith("subject-"));
  return [...Map.groupBy(own, ({ subject }) => subject)].flatMap(([subject, copies]) =>
    copies.length > 1 ? [wrong(`${subject} was sent ${copies.length} times although nothing failed`)] : [],
  );
}

function missingReceipts(mails: readonly Mail[], { payments }: History): Finding[] {
  const told = new Set(
    mails.filter(({ tags }) => tags.template === "receipt").map(({ tags }) => tags.payment),
  );
  return payments
    .filter(({ email, paymentIntent }) => email !== undefined && !told.has(paymentIntent))
    .map(({ paymentIntent }) => wrong(`There is no receipt for ${paymentIntent}`));
}
