/**
 * The table SentMails: one item for each automatic mail, written before SES is called, so that the mail is sent at most once.
 *
 *   (none) --claim--> sending(owner) --sent--> sent
 *     ^                  |   |  \--SES refused it--> refused
 *     \-surely not sent--/   \--owner died--> sending permanently: perhaps sent, never sent again
 */
import { changeItem } from "../aws/change-item.ts";
import { env } from "../env.ts";

/** Far longer than an event can be delivered or repaired: until then, the mail is not sent again. */
const TTL_SECONDS = 180 * 24 * 60 * 60;

export interface MailClaim {
  /** What the mail tells, with ids only: see due-mail.ts. */
  readonly key: string;
  /** A random mark, by which the owner recognizes its claim. */
  readonly owner: string;
  readonly at: Date;
}

/** Whether the mail is this owner's to send. */
export function claimMail({ key, owner, at }: MailClaim): Promise<boolean> {
  const claimedAt = Math.floor(at.getTime() / 1000);
  return changeItem(env("SENT_MAILS_TABLE"), { mail: key }, (item) => {
    // A claim that was given up stays as an item without an owner.
    if (item?.owner !== undefined && item.state !== "open") return { result: item.owner === owner };
    return {
      item: { state: "sending", owner, at: claimedAt, expiresAt: claimedAt + TTL_SECONDS },
      result: true,
    };
  });
}

/** Records what became of the owner's mail; `undefined` if it was certainly not sent: then anyone can claim it again. */
export function settleMail(
  { key, owner }: MailClaim,
  outcome: "sent" | "refused" | undefined,
): Promise<void> {
  return changeItem(env("SENT_MAILS_TABLE"), { mail: key }, (item) => {
    if (item === undefined || item.owner !== owner || item.state !== "sending") return { result: undefined };
    const { mail: _key, version: _version, ...kept } = item;
    return { item: { ...kept, state: outcome ?? "open" }, result: undefined };
  });
}
