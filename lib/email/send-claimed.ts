/**
 * Hands a mail to SES that its sender has claimed, so that it is sent at most once, and records the outcome in the claim. See
 * docs/decisions/0012-at-most-one-mail.md.
 */
import { isNotSent, type MailMessage, sendMessage } from "../aws/ses.ts";
import { asProblem, Problem } from "../errors.ts";

/** `unknown`: SES may have sent it; it is never tried again. */
export type ClaimedResult =
  | { readonly result: "sent"; readonly messageId: string }
  | { readonly result: "refused" | "unknown"; readonly problem: Problem };

/** Writes the outcome into the claim; `undefined` removes the claim. */
export type Settle = (outcome: "sent" | "refused" | undefined) => Promise<unknown>;

/** SES's own timeout plus the time to record the outcome: a call that is cut off would leave it unknown. */
export const NEEDED_MS = 6_500;

/** Throws SERVICE_UNAVAILABLE if too little time is left to send a mail and to record that. */
export function assertTimeToSend({
  deadline,
  now,
}: {
  readonly deadline: number;
  readonly now: () => Date;
}): void {
  if (deadline - now().getTime() < NEEDED_MS)
    throw new Problem("SERVICE_UNAVAILABLE", "Too little time is left to send a mail");
}

/**
 * Throws SERVICE_UNAVAILABLE or RATE_LIMITED if the mail was certainly not sent and must be tried again; then the claim is
 * removed. After any other outcome, the claim stays.
 */
export async function sendClaimed(message: MailMessage, settle: Settle): Promise<ClaimedResult> {
  let messageId: string;
  try {
    ({ messageId } = await sendMessage(message));
  } catch (thrown) {
    const problem = asProblem(thrown);
    if (isNotSent(problem)) {
      // If this write fails, the claim remains, and the mail is not sent.
      await settle(undefined).catch(() => undefined);
      throw problem;
    }
    if (problem.code !== "BAD_REQUEST") return { result: "unknown", problem };
    await settle("refused");
    return { result: "refused", problem };
  }
  await settle("sent");
  return { result: "sent", messageId };
}
