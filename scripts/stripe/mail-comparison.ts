/**
 * Compares the mails of AUTOMATIC_MAILS, and the business in them, with the Stripe account. Stripe's API shows an account's public
 * profile, and not which mails Stripe sends: for those, the dashboard's switches are named. Pure.
 */
import { type AutomaticMail, readAutomaticMails } from "../../lib/automatic-mails/automatic-mails.ts";
import { type Fields, fieldOf, textOf } from "../../lib/untrusted.ts";

type Settings = Readonly<Record<string, string | undefined>>;

const EMAILS = "Settings > Business > Customer emails";
const BILLING = "Settings > Billing > Subscriptions and emails";

/** The dashboard's switch for the same mail of Stripe's. Stripe mails nothing else of ours. */
const SWITCHES: Readonly<Partial<Record<AutomaticMail, string>>> = {
  receipt: `${EMAILS} > Successful payments`,
  refund: `${EMAILS} > Refunds`,
  invoice: `${BILLING} > Send finalized invoices to customers`,
  "trial-ending": `${BILLING} > Send a reminder before a free trial ends`,
  "card-expiring": `${BILLING} > Send emails about expiring cards`,
};
/** Follow-ups of failed payments are sent in any case. */
const FAILURES = `${BILLING} > Send emails when card payments fail`;

/** One sentence for each thing to look at; `account` is as Stripe returns it. Throws INTERNAL_ERROR for a mistake in AUTOMATIC_MAILS. */
export function mailRemarks(settings: Settings, account: Fields): string[] {
  const wanted = readAutomaticMails(settings);
  const switches = [...wanted].flatMap((mail) => SWITCHES[mail] ?? []);
  return [
    ...profileRemarks(settings, account),
    "Stripe's API does not tell which mails Stripe sends. So that payers get none twice, switch off in its dashboard:",
    ...[...switches, FAILURES].map((place) => `  ${place}`),
  ];
}

/** Colours can have a #. */
const comparable = (text: string) => text.toLowerCase().replace(/^#/, "");

/** Where payers see another business in our mails than on Stripe's pages and their statements. */
function profileRemarks(settings: Settings, account: Fields): string[] {
  const compared = [
    ["BUSINESS_NAME", textOf(fieldOf(account, "business_profile", "name"))],
    ["SUPPORT_EMAIL", textOf(fieldOf(account, "business_profile", "support_email"))],
    ["BUSINESS_COLOR", textOf(fieldOf(account, "settings", "branding", "primary_color"))],
  ] as const;
  return compared.flatMap(([name, atStripe]) => {
    const ours = settings[name];
    if (!ours || !atStripe || comparable(ours) === comparable(atStripe)) return [];
    return [`${name} is "${ours}", and the account's is "${atStripe}": payers see both.`];
  });
}
