/** What became of mails, as SES reported it and our functions logged it. Pure. */
import { textOf } from "../../../lib/untrusted.ts";
import type { EventLine } from "../events/event-log.ts";

export interface MailState {
  /** `sent` until SES reports anything else. */
  readonly state: "sent" | "bounced" | "complained" | "refused" | "delayed";
  /** SES's word for why. */
  readonly reason?: string;
}

const STATES = ["bounced", "complained", "refused", "delayed"] as const;

/** By SES's id of the mail: the latest report counts, but none takes back that a mail did not arrive. */
export function statesIn(lines: readonly EventLine[]): ReadonlyMap<string, MailState> {
  const states = new Map<string, MailState>();
  for (const { fields } of lines) {
    if (fields.event !== "mail.undelivered" && fields.event !== "mail.reported") continue;
    const messageId = textOf(fields.messageId);
    const state = STATES.find((each) => each === fields.result);
    if (messageId === undefined || state === undefined) continue;
    if (state === "delayed" && states.has(messageId)) continue;
    const reason = textOf(fields.reason);
    states.set(messageId, reason === undefined ? { state } : { state, reason });
  }
  return states;
}
