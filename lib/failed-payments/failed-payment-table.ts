/** The table FailedPayments: one item per payment, changed only from the version that was read. */

import { getItem, type Item, putItem, queryItems } from "../aws/dynamodb.ts";
import { env } from "../env.ts";
import { Problem } from "../errors.ts";
import { present } from "../present.ts";
import { type Fields, fieldsOf, listOf, numberOf, textOf } from "../untrusted.ts";
import { type FailedPayment, MAIL_STATES, type MailClaim, STATUSES } from "./failed-payment.ts";

/** Half a year after the last failure nobody asks any more. */
export const FAILED_PAYMENT_TTL_SECONDS = 180 * 24 * 60 * 60;

/** More rounds than writers that can be at one payment at once; it ends sooner by the deadline. */
const MAX_ROUNDS = 20;

/** The index holds the payments that have a reminder to come, and no others: this is its one hash key. */
const FOLLOW_UP_INDEX = "by-follow-up";
const WAITING = "waiting";

/** Undefined when the payment has not failed, or too long ago. */
export async function failedPayment(paymentId: string): Promise<FailedPayment | undefined> {
  return (await stored(paymentId))?.payment;
}

/**
 * Writes what `change` makes of the payment, and answers both. `change` is pure: it runs again when another was faster.
 * It answers undefined, or what it was given, to leave everything as it is.
 */
export async function changeFailedPayment(
  paymentId: string,
  change: (before: FailedPayment | undefined) => FailedPayment | undefined,
): Promise<{ readonly before: FailedPayment | undefined; readonly after: FailedPayment | undefined }> {
  for (let round = 0; round < MAX_ROUNDS; round += 1) {
    const found = await stored(paymentId);
    const before = found?.payment;
    const after = change(before);
    if (after === undefined || after === before) return { before, after: before };
    if (await write(after, found?.version)) return { before, after };
  }
  throw new Problem("SERVICE_UNAVAILABLE", `The failed payment ${paymentId} changes too fast to be recorded`);
}

/** One page of the payments whose reminder was due at `now` (Unix seconds), the longest due first. */
export async function paymentsToFollowUp(
  now: number,
  limit: number,
  after?: Item,
): Promise<{ readonly paymentIds: string[]; readonly next?: Item }> {
  const { items, ...rest } = await queryItems(env("FAILED_PAYMENTS_TABLE"), {
    index: FOLLOW_UP_INDEX,
    key: {
      expression: "followUp = :waiting AND followUpAt <= :now",
      values: { ":waiting": WAITING, ":now": now },
    },
    limit,
    ...present({ after }),
  });
  return { paymentIds: items.map(({ paymentId }) => String(paymentId)), ...rest };
}

async function stored(paymentId: string) {
  const item = await getItem(env("FAILED_PAYMENTS_TABLE"), { paymentId });
  return item === undefined ? undefined : { payment: paymentFrom(item), version: Number(item.version) };
}

function write(payment: FailedPayment, version: number | undefined): Promise<boolean> {
  return putItem(
    env("FAILED_PAYMENTS_TABLE"),
    {
      ...payment,
      followUp: payment.followUpAt === undefined ? undefined : WAITING,
      expiresAt: payment.lastFailedAt + FAILED_PAYMENT_TTL_SECONDS,
      version: (version ?? 0) + 1,
    },
    version === undefined
      ? { expression: "attribute_not_exists(paymentId)" }
      : {
          expression: "#version = :version",
          names: { "#version": "version" },
          values: { ":version": version },
        },
  );
}

/** What `write` wrote; this module alone writes the table, so that only the forms are made sure of. */
function paymentFrom(item: Item): FailedPayment {
  return {
    paymentId: String(item.paymentId),
    status: STATUSES.find((status) => status === item.status) ?? "canceled",
    attempts: Number(item.attempts),
    attemptKeys: listOf(item.attemptKeys).map(String),
    lastAttempt: String(item.lastAttempt),
    lastFailedAt: Number(item.lastFailedAt),
    amount: Number(item.amount),
    currency: String(item.currency),
    followUps: Number(item.followUps),
    ...present({
      lastDeclineCode: textOf(item.lastDeclineCode),
      customerId: textOf(item.customerId),
      followUpAt: numberOf(item.followUpAt),
    }),
    mails: mailsFrom(item.mails),
  };
}

function mailsFrom(value: unknown): Record<string, MailClaim> {
  return Object.fromEntries(
    Object.entries(fieldsOf(value)).map(([key, claim]) => [key, claimFrom(fieldsOf(claim))]),
  );
}

function claimFrom(claim: Fields): MailClaim {
  // A state of another release counts as one that is not to be sent again.
  const state = MAIL_STATES.find((known) => known === claim.state) ?? "sending";
  return { state, owner: String(claim.owner), at: Number(claim.at) };
}
