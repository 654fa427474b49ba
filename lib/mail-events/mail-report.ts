/**
 * What SES reports about a mail, through the event destination of the stage's configuration set. Pure; trusts no field.
 * Source: https://docs.aws.amazon.com/ses/latest/dg/event-publishing-retrieving-sns-contents.html
 */
import { type MailFacts, mailFactsIn } from "../email/mail-tags.ts";
import { present } from "../present.ts";
import { type Fields, fieldOf, fieldsOf, parseJson, textOf } from "../untrusted.ts";

export interface MailReport {
  /**
   * `bounced`: the address takes no mail. `complained`: the recipient reported the mail as spam. `refused`: SES found malware
   * in it and did not send it. `delayed`: a mailbox that is full, a server that is down; another mail may arrive. `none`:
   * nothing that concerns us, such as a delivery.
   */
  readonly result: "bounced" | "complained" | "refused" | "delayed" | "none";
  /** SES's id of the mail. */
  readonly messageId: string;
  /** SES's name for the kind of report, such as `Bounce`. */
  readonly eventType: string;
  /** More about it, in one word, such as `NoEmail`, `OnAccountSuppressionList`, `MailboxFull` or `abuse`. */
  readonly reason?: string;
  /** The status of the recipient's server, such as `5.1.1`. */
  readonly status?: string;
  readonly facts: Partial<MailFacts>;
}

/** SES writes to the topic of a new event destination, to see whether it may. */
const GREETING = /^Successfully validated SNS topic for Amazon SES/;
const WORD = /^[\w-]{1,128}$/;
const STATUS = /^\d(?:\.\d{1,3}){2}$/;

/** The report in `body`; `greeting` for a message that is about no mail; undefined if SES wrote neither. */
export function readMailReport(body: string): MailReport | "greeting" | undefined {
  if (GREETING.test(body)) return "greeting";
  const event = fieldsOf(parseJson(body));
  const eventType = wordIn(event, "eventType", /^[\w -]{1,64}$/);
  const messageId = wordIn(event.mail, "messageId");
  const read = eventType === undefined ? undefined : resultOf(eventType, event);
  if (eventType === undefined || messageId === undefined || read === undefined) return undefined;
  return { ...read, messageId, eventType, facts: mailFactsIn(fieldOf(event, "mail", "tags")) };
}

function resultOf(
  eventType: string,
  event: Fields,
): Pick<MailReport, "result" | "reason" | "status"> | undefined {
  switch (eventType) {
    case "Bounce":
      return bounce(event.bounce);
    case "Complaint":
      return complaint(event.complaint);
    case "Reject":
    case "Rendering Failure":
      return { result: "refused" };
    case "DeliveryDelay":
      return { result: "delayed", ...present({ reason: wordIn(event.deliveryDelay, "delayType") }) };
    default:
      return { result: "none" };
  }
}

function bounce(told: unknown) {
  const facts = present({
    reason: wordIn(told, "bounceSubType"),
    status: textThat(fieldOf(told, "bouncedRecipients", "0", "status"), STATUS),
  });
  switch (fieldOf(told, "bounceType")) {
    case "Permanent":
      return { result: "bounced", ...facts } as const;
    case "Transient":
    case "Undetermined":
      return { result: "delayed", ...facts } as const;
    default:
      return undefined;
  }
}

/** A provider also reports the mails that its user takes out of the spam folder. */
function complaint(told: unknown) {
  const reason = wordIn(told, "complaintFeedbackType") ?? wordIn(told, "complaintSubType");
  return { result: reason === "not-spam" ? "none" : "complained", ...present({ reason }) } as const;
}

const wordIn = (value: unknown, name: string, form = WORD) => textThat(fieldOf(value, name), form);

function textThat(value: unknown, form: RegExp): string | undefined {
  const text = textOf(value);
  return text !== undefined && form.test(text) ? text : undefined;
}
