/** Why a request is not a notification that can be believed. */
export type NotificationErrorReason =
  /** The request lacks one of the headers webhook-id, webhook-timestamp and webhook-signature. */
  | "missing-header"
  /** The header webhook-timestamp is not a time in Unix seconds. */
  | "invalid-timestamp"
  /** It was signed longer ago than the tolerance: it may be an old request that somebody sends again. */
  | "too-old"
  /** It was signed in the future: one of the two clocks is wrong. */
  | "too-new"
  /** None of the secrets has signed this body, or the body is not the one that was sent. */
  | "wrong-signature"
  /** A secret is not `whsec_` and base64, as `npm run endpoints -- create` prints it. */
  | "invalid-secret"
  /** The body is signed, but is not a notification of a version that this client knows. */
  | "unknown-body";

/** The one error of `constructNotification`. */
export class NotificationError extends Error {
  override readonly name = "NotificationError";
  readonly reason: NotificationErrorReason;

  constructor(reason: NotificationErrorReason, message: string) {
    super(message);
    this.reason = reason;
  }
}
