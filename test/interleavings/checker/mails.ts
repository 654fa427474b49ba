/** At most one mail about one thing; and exactly one if nothing fails. */
import type { Fields } from "../../../lib/untrusted.ts";
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
  const failed = Map.groupBy(
    stripe.charges.filter(({ status }) => status === "failed"),
    ({ payment_intent: id }) => id,
  );
  return [
    ...["receipt", "refund"].flatMap((template) => repeated(mails, template, () => 1)),
    ...mails
      .filter(({ tags }) => tags.template === "payment-failed")
      .flatMap((mail) => mailBeforeItsFailure(mail, mails, failed.get(mail.tags.payment) ?? [])),
    // One about the code, and one about the number of attempts.
    ...repeated(mails, "payment-failed-admin", () => 2),
    ...(faults.count === 0 ? missingReceipts(mails, history) : []),
    ...(faults.count === 0 ? repeatedTexts(mails) : []),
    ...dynamodb.items("FailedPaymentsTable").flatMap((payment) => {
      const counted = Number(payment.attempts?.N);
      const failures = failed.get(payment.paymentId?.S)?.length ?? 0;
      return counted > failures
        ? [wrong(`${payment.paymentId?.S} has ${counted} failures, of ${failures} at Stripe`)]
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

/** The payer gets a mail only after a failure: at each time, there were no more mails than failures. */
function mailBeforeItsFailure(
  { at, to, tags }: Mail,
  mails: readonly Mail[],
  failed: readonly Fields[],
): Finding[] {
  const sent = mails.filter(
    (mail) =>
      mail.at <= at &&
      mail.to === to &&
      mail.tags.template === tags.template &&
      mail.tags.payment === tags.payment,
  );
  const failures = failed.filter(({ created }) => Number(created) * 1000 <= at);
  return sent.length > failures.length
    ? [wrong(`${sent.length} mails about ${tags.payment} were sent after ${failures.length} failures`)]
    : [];
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
