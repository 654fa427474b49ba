/**
 * Sends a mail at most once for an idempotency key, whatever happens in between. SES has no idempotency keys, so the claim is
 * written before SES is called, into the table of our own keys (docs/decisions/0012-at-most-one-mail.md):
 *
 *   (none) --claim--> sending(owner) --SES accepted it--> sent(messageId)
 *     ^                  |      \--no response, or the owner died--> sending: perhaps sent, never sent again
 *     \--surely not sent-/
 */
import { randomUUID } from "node:crypto";
import { deleteItem, getItem, putItem, updateItem } from "../aws/dynamodb.ts";
import { isNotSent, type MailMessage, sendMessage } from "../aws/ses.ts";
import type { TimeLimit } from "../call-context.ts";
import { env } from "../env.ts";
import { asProblem, Problem } from "../errors.ts";
import { textOf } from "../untrusted.ts";

/** As long as the key of the call itself can be used. */
const KEPT_SECONDS = 24 * 60 * 60;

const IS_FREE = "attribute_not_exists(id)";
const IS_OWNER = "#owner = :owner";

/** What sending needs to know about the call. */
export interface KeyedCall extends Pick<TimeLimit, "now"> {
  readonly idempotencyKey: string;
}

/**
 * The id that SES gave the mail: now, or when it was sent with this key. Throws the problems of `sendMessage`, and CONFLICT if an
 * earlier call with the key may have sent it.
 */
export async function sendOncePerKey(
  message: MailMessage,
  { idempotencyKey, now }: KeyedCall,
): Promise<{ messageId: string }> {
  const table = env("IDEMPOTENCY_KEYS_TABLE");
  const id = `mail:${idempotencyKey}`;
  const owner = randomUUID();
  const expiresAt = Math.floor(now().getTime() / 1000) + KEPT_SECONDS;
  if (!(await putItem(table, { id, owner, expiresAt }, { expression: IS_FREE }))) {
    const found = await getItem(table, { id });
    const messageId = textOf(found?.messageId);
    if (messageId !== undefined) return { messageId };
    // The condition can also have failed because of this very write, whose response was lost.
    if (found?.owner !== owner) throw perhapsSent();
  }
  const isOwned = { expression: IS_OWNER, names: { "#owner": "owner" }, values: { ":owner": owner } };
  const { messageId } = await sendMessage(message).catch(async (thrown: unknown) => {
    const problem = asProblem(thrown);
    if (isNotSent(problem) || problem.code === "BAD_REQUEST") await deleteItem(table, { id }, isOwned);
    throw problem;
  });
  // The mail is sent: if this is not recorded, a repeated call says that it may have been.
  await updateItem(table, { id }, "SET messageId = :messageId", {
    ...isOwned,
    values: { ...isOwned.values, ":messageId": messageId },
  }).catch(() => false);
  return { messageId };
}

const perhapsSent = () =>
  new Problem(
    "CONFLICT",
    "An earlier call with this Idempotency-Key may have sent the mail, so it is not sent again; send a new key to send it again",
  );
