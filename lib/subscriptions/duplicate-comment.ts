/** The comment with which a duplicate is canceled. Stripe keeps it with the subscription, and sends it with the event of its end. Pure. */
import { fieldOf, textOf } from "../untrusted.ts";

const COMMENT = "Duplicate of ";

/** `staying`: the id of the subscription that stays. */
export const duplicateComment = (staying: string): string => `${COMMENT}${staying}`;

/** The id of the subscription that stays; undefined if this one was not canceled as a duplicate. */
export function duplicateOf(subscription: unknown): string | undefined {
  const comment = textOf(fieldOf(subscription, "cancellation_details", "comment"));
  return comment?.startsWith(COMMENT) ? comment.slice(COMMENT.length) : undefined;
}
