/**
 * What each error of SES says: about our set-up, about the recipient, or about the moment. Only an error about the recipient is
 * final. An error that is not listed counts as one of our set-up: a person looks at it, and the mail is not lost. Pure.
 * Sources: https://docs.aws.amazon.com/ses/latest/APIReference/API_SendEmail.html,
 * https://docs.aws.amazon.com/ses/latest/APIReference/CommonErrors.html and
 * https://docs.aws.amazon.com/ses/latest/dg/troubleshoot-error-messages.html
 */

export type SesVerdict =
  | { readonly kind: "recipient" }
  /** `alarm` names what a person has to look at, in the log line. */
  | { readonly kind: "set-up"; readonly alarm: SesAlarm }
  | { readonly kind: "throttled"; readonly alarm?: SesAlarm }
  /** SES is down and has accepted nothing. */
  | { readonly kind: "unavailable" }
  /** The mail may have been sent. */
  | { readonly kind: "unknown" };

export type SesAlarm =
  /** The function's role does not allow it. */
  | "ses-permission"
  /** The function's credentials, or the account's access to SES. */
  | "ses-credentials"
  /** The account is paused or suspended. */
  | "ses-account"
  /** The sender is not verified; in the sandbox, the recipient. */
  | "ses-identity"
  /** The configuration set does not exist, or is paused. */
  | "ses-configuration-set"
  /** The daily number of mails is used up. */
  | "ses-quota"
  /** SES refuses the mail itself, or our request. */
  | "ses-request";

/** By code, without `Exception` at its end, which some versions of the API add. */
const OF_SET_UP: Readonly<Record<string, SesAlarm>> = {
  AccessDenied: "ses-permission",
  NotAuthorized: "ses-permission",
  UnauthorizedOperation: "ses-permission",
  AuthFailure: "ses-credentials",
  ExpiredToken: "ses-credentials",
  IncompleteSignature: "ses-credentials",
  InvalidClientTokenId: "ses-credentials",
  InvalidSignature: "ses-credentials",
  MissingAuthenticationToken: "ses-credentials",
  OptInRequired: "ses-credentials",
  RequestExpired: "ses-credentials",
  SignatureDoesNotMatch: "ses-credentials",
  SubscriptionRequired: "ses-credentials",
  UnrecognizedClient: "ses-credentials",
  AccountSendingPaused: "ses-account",
  AccountSuspended: "ses-account",
  ConfigurationSetDoesNotExist: "ses-configuration-set",
  ConfigurationSetSendingPaused: "ses-configuration-set",
  FromEmailAddressNotVerified: "ses-identity",
  MailFromDomainNotVerified: "ses-identity",
};
const THROTTLED = [
  "Throttling",
  "ThrottledException",
  "TooManyRequests",
  "RequestLimitExceeded",
  "LimitExceeded",
];
/** Codes with several meanings, which only the sentence tells apart. */
const BY_SENTENCE = [
  "MessageRejected",
  "InvalidParameterValue",
  "InvalidParameter",
  "ValidationError",
  "Validation",
];

/** The first that matches decides. A sentence about our sender is not about the recipient. */
const SENTENCES: readonly (readonly [RegExp, SesVerdict])[] = [
  [/not verified|failed the check/i, { kind: "set-up", alarm: "ses-identity" }],
  [/configuration set/i, { kind: "set-up", alarm: "ses-configuration-set" }],
  [/paused|suspended|shut down|under review|sandbox/i, { kind: "set-up", alarm: "ses-account" }],
  [/\b(?:source|sender|from|return.?path|reply.?to)\b/i, { kind: "set-up", alarm: "ses-request" }],
  [/blacklist|suppress|recipient/i, { kind: "recipient" }],
  [
    /missing final|illegal address|(?:local )?address contains|domain (?:name )?contains|dot-dot|invalid domain|domain (?:starts|ends)|invalid email address/i,
    { kind: "recipient" },
  ],
];

/** `status`: of the HTTP response. `message`: SES's sentence, which can contain addresses, and is only matched here. */
export function sesVerdict(error: {
  readonly name: string;
  readonly message: string;
  readonly status: number | undefined;
}): SesVerdict {
  const code = error.name.replace(/^.*[.:#]/, "").replace(/Exception$/, "");
  if (THROTTLED.includes(code)) {
    const isQuota = /quota/i.test(error.message);
    return isQuota ? { kind: "throttled", alarm: "ses-quota" } : { kind: "throttled" };
  }
  const alarm = Object.hasOwn(OF_SET_UP, code) ? OF_SET_UP[code] : undefined;
  if (alarm !== undefined) return { kind: "set-up", alarm };
  if (error.status === 503) return { kind: "unavailable" };
  if (error.status === undefined || error.status >= 500) return { kind: "unknown" };
  const told = BY_SENTENCE.includes(code)
    ? SENTENCES.find(([sentence]) => sentence.test(error.message))?.[1]
    : undefined;
  return told ?? { kind: "set-up", alarm: "ses-request" };
}
