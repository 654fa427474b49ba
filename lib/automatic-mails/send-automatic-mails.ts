/**
 * The effect that mails payers about events: a receipt, a refund, a trial that ends. The setting AUTOMATIC_MAILS says which. A mail
 * goes only to the address of the customer at Stripe, never to one that was entered on a page, and is in the customer's language.
 */
import { randomUUID } from "node:crypto";
import type { CallContext } from "../call-context.ts";
import { mailTags } from "../email/mail-tags.ts";
import { factsOf, languagesOf, mailedObject } from "../email/mailed-object.ts";
import { renderMail } from "../email/render-mail.ts";
import { assertTimeToSend, sendClaimed } from "../email/send-claimed.ts";
import type { Mails } from "../email/template.ts";
import { isEmailAddress } from "../email-address.ts";
import type { Problem } from "../errors.ts";
import type { Effect } from "../events/consume.ts";
import type { ReadStripe } from "../events/resolve-event.ts";
import { describeCause, logCall, type Outcome } from "../log.ts";
import { listed } from "../stripe/stripe-fields.ts";
import { subjectsAmong } from "../subject-ids.ts";
import { textOf } from "../untrusted.ts";
import { readAutomaticMails } from "./automatic-mails.ts";
import { type DueMail, dueMails } from "./due-mail.ts";
import { claimMail, settleMail } from "./sent-mails.ts";

/** Of an older event, such as one that was repaired or replayed, a mail would come too late. */
const LATEST_MS = 3 * 24 * 60 * 60 * 1000;

/**
 * `other-mail`: another mail tells the payer the same. `unfit`: the mail would be wrong about the object as it is by now.
 * `unaddressed`: the customer has no address. `claimed`: it has been sent, or another run is sending it. `unknown`: SES may have
 * sent it; it is never tried again.
 */
export type AutomaticResult =
  | "sent"
  | "refused"
  | "unknown"
  | "claimed"
  | "unaddressed"
  | "unfit"
  | "other-mail"
  | "late";

const OUTCOMES: Readonly<Record<AutomaticResult, Outcome>> = {
  sent: "succeeded",
  refused: "failed",
  unknown: "failed",
  claimed: "duplicate",
  unaddressed: "ignored",
  unfit: "ignored",
  "other-mail": "ignored",
  late: "ignored",
};

/** What sending needs in addition to the mail. */
export interface AutomaticContext extends CallContext {
  readonly mails: Mails;
  readonly read: ReadStripe;
}

/**
 * Safe to repeat: each mail is claimed before it is sent. Throws SERVICE_UNAVAILABLE or RATE_LIMITED, to run again, if a mail was
 * certainly not sent and still can be.
 */
export function sendAutomaticMails(mails: Mails): Effect {
  return async (applied, context) => {
    const wanted = readAutomaticMails(process.env);
    if (wanted.size === 0) return;
    for (const due of dueMails(applied).filter(({ template }) => wanted.has(template))) {
      const isLate = context.now().getTime() - applied.event.created * 1000 > LATEST_MS;
      if (isLate) tell(due, context.requestId, { result: "late" });
      else await sendAutomaticMail(due, { ...context, mails });
    }
  };
}

/**
 * One mail that is due, whatever AUTOMATIC_MAILS says. Throws SERVICE_UNAVAILABLE or RATE_LIMITED if it was certainly not sent and
 * can be tried again.
 */
export async function sendAutomaticMail(due: DueMail, context: AutomaticContext): Promise<AutomaticResult> {
  assertTimeToSend(context);
  const ended = await send(due, context);
  tell(due, context.requestId, ended);
  return ended.result;
}

interface Ended {
  readonly result: AutomaticResult;
  readonly problem?: Problem;
  readonly messageId?: string;
}

async function send(
  { template, data, key }: DueMail,
  { mails, read, now }: AutomaticContext,
): Promise<Ended> {
  const object = mailedObject(template, data);
  if (object === undefined || (await isToldOtherwise(template, object.field, object.id, read)))
    return { result: "other-mail" };
  const facts = await factsOf(object, read);
  // A free period is no payment.
  if (facts === undefined || facts.data.amount === 0) return { result: "unfit" };
  // Stripe mails its own receipt to this address: https://docs.stripe.com/api/payment_intents/object#payment_intent_object-receipt_email
  if (textOf(facts.object.receipt_email)) return { result: "other-mail" };
  const to = facts.customer.deleted === true ? undefined : textOf(facts.customer.email);
  if (to === undefined || !isEmailAddress(to)) return { result: "unaddressed" };
  const mail = { to, template, data: facts.data, languages: languagesOf(facts.customer) };
  const message = await renderMail(mails, mail, now());
  const claim = { key, owner: randomUUID(), at: now() };
  if (!(await claimMail(claim))) return { result: "claimed" };
  const tags = mailTags({ template, paymentId: object.id });
  return sendClaimed({ ...message, tags }, (outcome) => settleMail(claim, outcome));
}

/** A payment of an invoice: the invoice's receipt shows more. */
async function isToldOtherwise(
  template: string,
  field: string,
  id: string,
  read: ReadStripe,
): Promise<boolean> {
  if (template !== "receipt" || field !== "paymentIntentId") return false;
  const query = { "payment[type]": "payment_intent", "payment[payment_intent]": id, limit: 1 };
  return listed(await read("/v1/invoice_payments", query)).length > 0;
}

function tell(
  { template, data, key }: DueMail,
  requestId: string,
  { result, problem, messageId }: Ended,
): void {
  const reason = result === "refused" ? describeCause(problem?.cause) : undefined;
  logCall(
    {
      event: "automatic-mail",
      requestId,
      ...subjectsAmong(...Object.values(data)),
      template,
      mail: key,
      result,
      reason,
      messageId,
      outcome: OUTCOMES[result],
    },
    problem,
  );
}
