/** The table FailedPayments: one item per payment, changed only from the version that was read. */
import { changeItem } from "../aws/change-item.ts";
import { getItem, type Item, queryItems } from "../aws/dynamodb.ts";
import { env } from "../env.ts";
import { present } from "../present.ts";
import { type Fields, fieldsOf, listOf, numberOf, textOf } from "../untrusted.ts";
import { type FailedPayment, MAIL_STATES, type MailClaim, STATUSES } from "./failed-payment.ts";

/** Nobody needs the item half a year after the last failure. */
export const FAILED_PAYMENT_TTL_SECONDS = 180 * 24 * 60 * 60;

/** The index contains only payments with a mail ahead: this is their one hash key. */
const FOLLOW_UP_INDEX = "by-follow-up";
const WAITING = "waiting";
const MAIL_IS_DUE = "followUp = :waiting AND followUpAt <= :now";

/** Undefined if the payment has not failed, or failed so long ago that its item has expired. */
export async function failedPayment(paymentId: string): Promise<FailedPayment | undefined> {
  return paymentFrom(await getItem(env("FAILED_PAYMENTS_TABLE"), { paymentId }));
}

/**
 * Writes the payment that `change` returns, and returns both. `change` is pure and recognizes its own effect: see
 * `changeItem`. It returns undefined, or its argument, to change nothing.
 */
export function changeFailedPayment(
  paymentId: string,
  change: (before: FailedPayment | undefined) => FailedPayment | undefined,
): Promise<{ readonly before: FailedPayment | undefined; readonly after: FailedPayment | undefined }> {
  return changeItem(env("FAILED_PAYMENTS_TABLE"), { paymentId }, (item) => {
    const before = paymentFrom(item);
    const after = change(before);
    if (after === undefined || after === before) return { result: { before, after: before } };
    return { item: itemOf(after), result: { before, after } };
  });
}

/** One page of the payments whose next mail was due at `now` (Unix seconds), the longest overdue first. */
export async function paymentsToFollowUp(
  now: number,
  limit: number,
  after?: Item,
): Promise<{ readonly paymentIds: string[]; readonly next?: Item }> {
  const { items, ...rest } = await queryItems(env("FAILED_PAYMENTS_TABLE"), {
    index: FOLLOW_UP_INDEX,
    key: {
      expression: MAIL_IS_DUE,
      values: { ":waiting": WAITING, ":now": now },
    },
    limit,
    ...present({ after }),
  });
  return { paymentIds: items.map(({ paymentId }) => String(paymentId)), ...rest };
}

function itemOf(payment: FailedPayment): Item {
  return {
    ...payment,
    followUp: payment.followUpAt === undefined ? undefined : WAITING,
    expiresAt: payment.lastFailedAt + FAILED_PAYMENT_TTL_SECONDS,
  };
}

/** Reads an item that `itemOf` made: only this module writes the table, so only the types are checked. */
function paymentFrom(item: Item | undefined): FailedPayment | undefined {
  if (item === undefined) return undefined;
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
    ...(item.failureMailDue === true ? { failureMailDue: true } : {}),
    ...present({
      lastDeclineCode: textOf(item.lastDeclineCode),
      lastAdviceCode: textOf(item.lastAdviceCode),
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
  // An unknown state, from another release, means that the mail must not be sent again.
  const state = MAIL_STATES.find((known) => known === claim.state) ?? "sending";
  return { state, owner: String(claim.owner), ...present({ to: textOf(claim.to) }), at: Number(claim.at) };
}
