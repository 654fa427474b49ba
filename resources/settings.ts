/**
 * Every setting that a deployment reads. stages/stage.env.example shows them to the person who writes a stage's file, and
 * `setting()` in grants.ts gives them to functions. Pure.
 */
import { automaticMailsMistake } from "../lib/automatic-mails/automatic-mails.ts";
import { COLOR } from "../lib/email/brand.ts";
import { addressMistake, asciiAddress } from "../lib/email-address.ts";
import { isSafeUrl } from "../lib/identity/jwt-settings.ts";
import { localeOf } from "../lib/languages/choose-language.ts";
import { isTimeZone } from "../lib/languages/format-date.ts";
import { METRICS_SETTINGS } from "../lib/metrics.ts";
import { stripeKeyMistake } from "../lib/stripe/stripe-keys.ts";
import { receiverMistakes } from "./alarm-receivers.ts";
import { originsMistake } from "./cors.ts";
import { regionMistake } from "./regions.ts";

export interface SettingSpec {
  /** What it is, to follow "add" and a name. */
  readonly about: string;
  readonly example: string;
  /** Without it, a stage cannot be deployed. */
  readonly isRequired?: true;
  /** What is wrong with a value, as a sentence. Checks that several settings share are in local/deploy-checks.ts. */
  readonly mistake?: (value: string, stage: string) => string | undefined;
}

const SPECS = {
  AWS_REGION: {
    about: "the region of AWS that the stage is in",
    example: "eu-central-1",
    isRequired: true,
    mistake: regionMistake,
  },
  EMAIL_FROM: {
    about: "the sender of every mail, an address that you own",
    example: "payments@your.domain",
    isRequired: true,
    mistake: (value) => senderMistake(value) ?? unusableAddress("EMAIL_FROM", value),
  },
  ADMIN_EMAIL: {
    about: "the address for mails to the administrator",
    example: "you@your.domain",
    isRequired: true,
    mistake: (value) => ownAddressMistake("ADMIN_EMAIL", value) ?? unusableAddress("ADMIN_EMAIL", value),
  },
  STRIPE_PUBLISHABLE_KEY: {
    about: "Stripe's publishable key for the pay page: pk_live_ in prod, pk_test_ in any other stage",
    example: "pk_live_...",
    isRequired: true,
    mistake: (value, stage) => stripeKeyMistake("STRIPE_PUBLISHABLE_KEY", value, stage),
  },
  MAIL_DOMAIN: {
    about: "the domain that mails come from, verified as a whole; by default only the address EMAIL_FROM is",
    example: "your.domain",
    mistake: (value) => domainMistake("MAIL_DOMAIN", value),
  },
  MAIL_IDENTITY: {
    about: "existing, if SES in this account and region has the sender's address or domain already",
    example: "existing",
    mistake: (value) =>
      value === "create" || value === "existing"
        ? undefined
        : 'MAIL_IDENTITY must be "create" or "existing".',
  },
  PUBLIC_DOMAIN: {
    about: "a domain of your own for the API and the pay page, which the stack sets up",
    example: "pay.your.domain",
    mistake: (value) => domainMistake("PUBLIC_DOMAIN", value),
  },
  PUBLIC_CERTIFICATE_ARN: {
    about:
      "a certificate for PUBLIC_DOMAIN in ACM, in the region of the stage; by default the stack creates one",
    example: "arn:aws:acm:eu-central-1:111122223333:certificate/00000000-0000-0000-0000-000000000000",
    mistake: (value) =>
      /^arn:[\w-]+:acm:[\w-]+:\d{12}:certificate\/[\w-]+$/.test(value)
        ? undefined
        : "PUBLIC_CERTIFICATE_ARN must be the ARN of a certificate in ACM.",
  },
  PUBLIC_HOSTED_ZONE: {
    about: "the id of the Route 53 zone of PUBLIC_DOMAIN, in which the stack creates the DNS records",
    example: "Z0123456789ABCDEFGHIJ",
    mistake: (value) =>
      /^Z[A-Z0-9]{1,31}$/.test(value)
        ? undefined
        : "PUBLIC_HOSTED_ZONE must be the id of a zone, such as Z0123456789.",
  },
  BUSINESS_NAME: {
    about: "your name as payers know it, shown in every mail and on the pay page",
    example: "Ada's Shop",
  },
  SUPPORT_EMAIL: {
    about: "the address for payers' questions, shown in every mail and on the pay page",
    example: "help@your.domain",
    mistake: (value) => ownAddressMistake("SUPPORT_EMAIL", value) ?? unusableAddress("SUPPORT_EMAIL", value),
  },
  BUSINESS_ADDRESS: {
    about: "your postal address in one line, shown at the end of every mail",
    example: "Ada's Shop, 1 Byron Street, London",
    mistake: (value) =>
      value.length <= 300 ? undefined : "BUSINESS_ADDRESS must have at most 300 characters.",
  },
  BUSINESS_LOGO_URL: {
    about:
      "the https address of your logo, a PNG or JPEG, shown at the top of every mail instead of your name",
    example: "https://your.domain/logo.png",
    mistake: (value) =>
      isSafeUrl(value) && value.startsWith("https:") && !/[\s"'<>]/.test(value)
        ? undefined
        : "BUSINESS_LOGO_URL must be an https address, such as https://your.domain/logo.png.",
  },
  BUSINESS_COLOR: {
    about: "the colour of the buttons in your mails",
    example: "0a5bd3",
    mistake: (value) =>
      COLOR.test(value)
        ? undefined
        : `BUSINESS_COLOR must be six hexadecimal digits, such as 0a5bd3; it is "${value}".`,
  },
  BUSINESS_LANGUAGE: {
    about: "the language of payers who prefer none that there is; by default English",
    example: "de-AT",
    mistake: (value) =>
      localeOf(value) === undefined
        ? `BUSINESS_LANGUAGE must be a language as BCP 47 names it, such as de or de-AT; it is "${value}".`
        : undefined,
  },
  BUSINESS_TIME_ZONE: {
    about: "the time zone of the dates that payers read; by default UTC",
    example: "Europe/Vienna",
    mistake: (value) =>
      isTimeZone(value)
        ? undefined
        : `BUSINESS_TIME_ZONE must be a time zone, such as Europe/Vienna; it is "${value}".`,
  },
  PUBLIC_URL: {
    about: "the address at which payers reach the API; by default the HTTP API's own",
    example: "https://pay.your.domain",
    mistake: (value) =>
      isSafeUrl(value) && value.startsWith("https:") && !/[/?#]$|[?#]/.test(value)
        ? undefined
        : "PUBLIC_URL must be an https address without a slash at its end, such as https://pay.your.domain.",
  },
  CORS_ORIGINS: {
    about: "the origins whose pages may call the API from a browser; by default none",
    example: "https://shop.your.domain,https://admin.your.domain",
    mistake: (value) => originsMistake("CORS_ORIGINS", value),
  },
  RETURN_ORIGINS: {
    about: "the origins of your pages that payers may be sent back to; by default none",
    example: "https://shop.your.domain",
    mistake: (value) => originsMistake("RETURN_ORIGINS", value),
  },
  AUTOMATIC_MAILS: {
    about: "the mails that payers get about events at Stripe, separated by commas; by default none",
    example: "receipt,refund,trial-ending,card-expiring",
    mistake: automaticMailsMistake,
  },
  ALARM_EMAIL: {
    about: "the addresses that get the alarms, separated by commas",
    example: "ops@your.domain",
    mistake: (value) => receiverMistakes({ email: value, slack: "" })[0],
  },
  ALARM_SLACK: {
    about: "the Slack channel that gets the alarms: its workspace's id and its own",
    example: "T0123456789/C0123456789",
    mistake: (value) => receiverMistakes({ email: "", slack: value })[0],
  },
  ACCESS_GRACE_DAYS: {
    about: "for how many days an overdue payment of a subscription does not end access",
    example: "7",
    mistake: (value) =>
      /^\d{1,3}$/.test(value) && Number(value) <= 365
        ? undefined
        : `ACCESS_GRACE_DAYS must be a whole number of days from 0 to 365; it is "${value}".`,
  },
  CARD_EXPIRY_DAYS: {
    about: "how many days before a card expires your application is told",
    example: "30",
    mistake: wholeNumber("CARD_EXPIRY_DAYS", 365, "days"),
  },
  FAILURE_MAIL_MINUTES: {
    about: "how many minutes after a failed payment its payer gets a mail, if it is still open then",
    example: "10",
  },
  FOLLOW_UP_DAYS: {
    about: "on which days after a failed payment its payer is reminded, or none",
    example: "1,3,5",
  },
  ADMIN_ATTEMPTS: {
    about: "after how many failed attempts of a payment ADMIN_EMAIL gets a mail",
    example: "3",
  },
  DUPLICATE_SUBSCRIPTIONS: {
    about: "what happens to a second live subscription of a customer to a product: report, or cancel",
    example: "report",
    mistake: (value) =>
      value === "report" || value === "cancel"
        ? undefined
        : `DUPLICATE_SUBSCRIPTIONS must be "report" or "cancel"; it is "${value}".`,
  },
  METRICS: {
    about: "which metrics are reported: those of the whole stage, which alarms watch, or all",
    example: "stage",
    mistake: oneOf("METRICS", METRICS_SETTINGS),
  },
  TRACING: {
    about: "on, if X-Ray traces functions and workflows; by default off",
    example: "on",
    mistake: oneOf("TRACING", ["on", "off"]),
  },
  ACCESS_LOGS: {
    about: "on, if API Gateway logs each request; by default off",
    example: "on",
    mistake: oneOf("ACCESS_LOGS", ["on", "off"]),
  },
  WORKFLOW_LOGS: {
    about: "errors or all, if Step Functions logs what happens in runs; by default off",
    example: "errors",
    mistake: oneOf("WORKFLOW_LOGS", ["off", "errors", "all"]),
  },
  EVENT_CONCURRENCY: {
    about: "how many batches of one event queue can be handled at once",
    example: "10",
    mistake: (value) =>
      /^\d{1,4}$/.test(value) && Number(value) >= 2 && Number(value) <= 1000
        ? undefined
        : `EVENT_CONCURRENCY must be a whole number from 2 to 1000; it is "${value}".`,
  },
  AUDIT_RETENTION_DAYS: {
    about: "for how many days the audit log is kept",
    example: "400",
    mistake: wholeNumber("AUDIT_RETENTION_DAYS", 36_500, "days"),
  },
  AUDIT_ARCHIVE: {
    about:
      "on, if days of the audit log move to an archive in S3 when they are 90 days old, or off; by default on",
    example: "on",
    mistake: oneOf("AUDIT_ARCHIVE", ["on", "off"]),
  },
  IDEMPOTENCY_TTL_HOURS: {
    about: "for how many hours a response is replayed to its Idempotency-Key",
    example: "24",
    mistake: wholeNumber("IDEMPOTENCY_TTL_HOURS", 24, "hours"),
  },
  APPROVAL_HOURS: {
    about: "for how many hours a call can be approved and begin, at most IDEMPOTENCY_TTL_HOURS",
    example: "24",
    mistake: wholeNumber("APPROVAL_HOURS", 24, "hours"),
  },
  TABLE_PROTECTION: {
    about: "whether DynamoDB refuses to delete the tables: on or off; by default on in prod only",
    example: "on",
    mistake: (value) =>
      value === "on" || value === "off"
        ? undefined
        : `TABLE_PROTECTION must be "on" or "off"; it is "${value}".`,
  },
  BACKUP_DAYS: {
    about: "for how many days a weekly backup of the tables is kept, or none; by default 90 in prod only",
    example: "90",
    mistake: (value) =>
      value === "none" || (/^\d{1,4}$/.test(value) && Number(value) >= 1 && Number(value) <= 3_650)
        ? undefined
        : `BACKUP_DAYS must be a whole number of days from 1 to 3650, or none; it is "${value}".`,
  },
  JWT_ISSUER: { about: "the issuer of tokens that are accepted", example: "https://login.your.domain/" },
  JWT_AUDIENCE: { about: "the audience that tokens must name", example: "payments" },
  JWT_ROLES_CLAIM: { about: "the claim with the roles", example: "roles" },
  JWT_CUSTOMER_CLAIM: { about: "the claim with the only customer a token acts for", example: "customer" },
  JWT_JWKS_URL: {
    about: "where the issuer's keys are, if its discovery document does not say so",
    example: "https://login.your.domain/keys",
  },
} as const satisfies Readonly<Record<string, SettingSpec>>;

export type SettingName = keyof typeof SPECS;

export const isSettingName = (name: string): name is SettingName => Object.hasOwn(SPECS, name);

export const SETTING_NAMES: readonly SettingName[] = Object.keys(SPECS).filter(isSettingName);

export const settingSpec = (name: SettingName): SettingSpec => SPECS[name];

export const REQUIRED_SETTINGS: readonly SettingName[] = SETTING_NAMES.filter(
  (name) => settingSpec(name).isRequired,
);

/** Why mails cannot be sent from this address, as a sentence. SES knows an identity by its punycode form only. */
export function senderMistake(address: string): string | undefined {
  const mistake = ownAddressMistake("EMAIL_FROM", address);
  if (mistake !== undefined || /^[ -~]*$/.test(address)) return mistake;
  return `EMAIL_FROM must have its domain in punycode: ${asciiAddress(address)}`;
}

/** Why this is not an address, as a sentence. */
export function ownAddressMistake(
  name: "EMAIL_FROM" | "ADMIN_EMAIL" | "SUPPORT_EMAIL",
  address: string,
): string | undefined {
  const mistake = addressMistake(address);
  return mistake === undefined ? undefined : `${name} ${mistake}`;
}

function domainMistake(name: string, value: string): string | undefined {
  return value.length <= 253 &&
    /^(?:[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?\.)+[a-z][a-z0-9-]{0,61}[a-z0-9]$/.test(value)
    ? undefined
    : `${name} must be a domain in lowercase letters, such as your.domain.`;
}

/** What is wrong with settings that belong together, one sentence each. */
export function combinedMistakes(values: Readonly<Partial<Record<SettingName, string>>>): string[] {
  const { EMAIL_FROM, MAIL_DOMAIN, PUBLIC_DOMAIN, PUBLIC_URL } = values;
  const needsDomain = (["PUBLIC_CERTIFICATE_ARN", "PUBLIC_HOSTED_ZONE"] as const).filter(
    (name) => values[name] !== undefined && PUBLIC_DOMAIN === undefined,
  );
  const at = EMAIL_FROM?.slice(EMAIL_FROM.lastIndexOf("@") + 1).toLowerCase();
  return [
    ...(MAIL_DOMAIN === undefined || at === undefined || at === MAIL_DOMAIN || at.endsWith(`.${MAIL_DOMAIN}`)
      ? []
      : ["EMAIL_FROM is not an address of MAIL_DOMAIN, so SES would refuse to send from it."]),
    ...needsDomain.map((name) => `${name} has no effect without PUBLIC_DOMAIN.`),
    ...(PUBLIC_DOMAIN === undefined || PUBLIC_URL === undefined || PUBLIC_URL === `https://${PUBLIC_DOMAIN}`
      ? []
      : ["PUBLIC_URL is not the address of PUBLIC_DOMAIN. Leave PUBLIC_URL out."]),
  ];
}

/** Domains that no one can own: those of documentation and tests, and that of the examples here. */
function unusableAddress(name: string, address: string): string | undefined {
  return /[@.](?:example(?:\.(?:com|net|org))?|invalid|test|localhost|your\.domain)$/i.test(address)
    ? `${name} is an example. Use an address that you own.`
    : undefined;
}

function oneOf(name: string, known: readonly string[]) {
  return (value: string) =>
    known.includes(value) ? undefined : `${name} must be one of ${known.join(", ")}; it is "${value}".`;
}

function wholeNumber(name: string, most: number, unit: string) {
  return (value: string) =>
    /^\d{1,9}$/.test(value) && Number(value) >= 1 && Number(value) <= most
      ? undefined
      : `${name} must be a whole number of ${unit} from 1${most < Number.MAX_SAFE_INTEGER ? ` to ${most}` : ""}; it is "${value}".`;
}
