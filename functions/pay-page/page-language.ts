/** The language of a page: its texts, and amounts and dates as people of the payer's country write them. */
import type Stripe from "stripe";
import { textsIn as commonTextsIn } from "../../generated/languages/common.ts";
import { languages } from "../../generated/languages/index.ts";
import { type Texts, textsIn } from "../../generated/languages/pay-page.ts";
import { chooseLanguage } from "../../lib/languages/choose-language.ts";
import { formatDate, formatDateAndTime } from "../../lib/languages/format-date.ts";
import { readPayersDefaults } from "../../lib/languages/settings.ts";
import { textDirection } from "../../lib/languages/text-direction.ts";
import { formatMoney, type Money } from "../../lib/money/format-money.ts";
import { stripeLocale } from "./stripe-locale.ts";

export interface PageLanguage {
  /** BCP 47, for the attribute `lang`: the language of the texts. */
  readonly language: string;
  readonly direction: "ltr" | "rtl";
  /** The language of Stripe.js's own form and messages. */
  readonly stripeLocale: string;
  readonly texts: Texts;
  /** The sentence that says where to ask; it contains `{{supportEmail}}`. */
  readonly questions: string;
  readonly money: (amount: Money) => string;
  /** `at`: Unix seconds. */
  readonly date: (at: number) => string;
  /** With the time and its time zone. `at`: Unix seconds. */
  readonly time: (at: number) => string;
}

/** The languages of a payer: those that Stripe has recorded for the customer, and those that the browser asks for. */
export type LanguageFor = (
  customer?: string | Stripe.Customer | Stripe.DeletedCustomer | null,
) => PageLanguage;

/** `accepted`: what the browser asks for; a customer's own languages come first. */
export const languageFor =
  (accepted: readonly string[]): LanguageFor =>
  (customer) =>
    pageLanguage([...preferredBy(customer), ...accepted]);

/** The first of the preferred languages that there is, or that of the business. */
export function pageLanguage(preferred: readonly string[]): PageLanguage {
  const defaults = readPayersDefaults();
  const { language, locale } = chooseLanguage(preferred, languages, defaults.language);
  const style = { locale, timeZone: defaults.timeZone };
  return {
    language,
    direction: textDirection(language),
    stripeLocale: stripeLocale(language, locale),
    texts: textsIn(language),
    questions: commonTextsIn(language).questions,
    money: (amount) => formatMoney(amount, locale),
    date: (at) => formatDate(new Date(at * 1000), style),
    time: (at) => formatDateAndTime(new Date(at * 1000), style),
  };
}

function preferredBy(customer: Parameters<LanguageFor>[0]): readonly string[] {
  if (typeof customer !== "object" || customer === null || customer.deleted) return [];
  return customer.preferred_locales ?? [];
}
