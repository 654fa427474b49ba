/** Plain words for the reasons and results that log lines have. Pure. */

/** By the value of `reason`, `refusal` or `result`. */
const WORDS: Readonly<Record<string, string>> = {
  // Signatures of events.
  "no-header": "It has no signature",
  malformed: "Its signature is malformed",
  "too-many-signatures": "It has too many signatures",
  timestamp: "Its signature is too old, or from the future",
  mismatch: "Its signature is wrong: another STRIPE_WEBHOOK_SECRET, or a forged event",
  // Events that change nothing.
  "other-account": "It is about another account",
  "other-mode": "It is from the other mode, test or live",
  "no-consumer": "No consumer wants this type",
  "no-object": "It is not about an object with an id",
  gone: "Stripe does not have the object any more",
  // Callers.
  "no-bearer-key": "The Authorization header has no key",
  "unknown-key": "The key is not known",
  "expired-key": "The key has expired",
  "revoked-key": "The key was revoked",
  "jwt-not-enabled": "Tokens are not accepted here",
  "invalid-token": "The token is not valid",
  "expired-token": "The token has expired",
  "identity-provider-unreachable": "The identity provider does not respond",
  missing: "It is not signed",
  forged: "Its signature is wrong",
  // Mails.
  sent: "Sent",
  refused: "SES refused it",
  unknown: "SES may have sent it; it is not tried again",
  claimed: "It has been sent already, or another run sends it",
  unaddressed: "No address is known",
  undeliverable: "An earlier mail did not reach this address",
  unfit: "It would be wrong about the object as it is now",
  "other-mail": "Another mail says the same",
  late: "It would come too late",
  bounced: "It bounced",
  complained: "It was reported as spam",
  // Steps.
  waiting: "Until the event arrives",
  arrived: "The event has arrived",
  "retry-begins-later": "The retry begins at a later step",
};

/** The words for a value of a log line; the value itself if there are none. */
export function inWords(value: string): string {
  return Object.hasOwn(WORDS, value) ? (WORDS[value] ?? value) : value;
}
