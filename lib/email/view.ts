/** What all views of mails have in common: what they are made with, and how they write money and dates. */
import type { DeclineTexts } from "../declines/decline-messages.ts";
import { invalidField } from "../errors.ts";
import { fillText } from "../languages/fill-text.ts";
import { formatDate } from "../languages/format-date.ts";
import { checkAmount } from "../money/check-amount.ts";
import { isCurrency } from "../money/currencies.ts";
import { formatMoney, type Money } from "../money/format-money.ts";
import { textOf } from "../untrusted.ts";
import { invalidData } from "./invalid-data.ts";
import type { MailTexts } from "./mail-texts.ts";

export interface ViewContext {
  readonly appSecrets: readonly string[];
  /** Where payers reach this service, with or without a slash at the end. */
  readonly publicUrl: string;
  readonly now: Date;
  /** The reader's, for Intl. */
  readonly locale: string;
  readonly timeZone: string;
  readonly texts: MailTexts;
  readonly declines: DeclineTexts;
}

export type Data = Readonly<Record<string, unknown>>;

export interface View {
  /** Those of an item of a list as `lines.lineText`. */
  readonly tags: readonly string[];
  readonly make: (data: Data, context: ViewContext) => Data;
}

/** A view with exactly these tags; a tag that is undefined is left out. `inner` names the tags in lists. */
export function view<Tag extends string>(
  tags: readonly Tag[],
  make: (data: Data, context: ViewContext) => Readonly<Record<Tag, unknown>>,
  inner: readonly string[] = [],
): View {
  return {
    tags: [...tags, ...inner],
    make: (data, context) => {
      const made = make(data, context);
      return Object.fromEntries(tags.flatMap((tag) => (made[tag] === undefined ? [] : [[tag, made[tag]]])));
    },
  };
}

/** The rest of an invoice can be below Stripe's minimum charge, so only the form is checked. */
export function amountIn(data: Data, context: ViewContext): string {
  const money = moneyIn(data);
  if (!isCurrency(money.currency)) throw invalidData({ issues: checkAmount(money.amount, money.currency) });
  return formatMoney(money, context.locale);
}

/** A missing currency is never guessed: 500 yen must not become five dollars. */
export function moneyIn({ amount, currency }: Data): Money {
  if (amount === undefined) throw missing("amount", "in a mail that does not name an object of Stripe");
  if (currency === undefined) throw missing("currency", "in a mail that does not name a payment at Stripe");
  return { amount: Number(amount), currency: String(currency) };
}

/** Another amount in the currency of the data; undefined if it is not known. */
export function otherAmountIn(data: Data, field: string, context: ViewContext): string | undefined {
  const amount = data[field];
  return amount === undefined ? undefined : amountIn({ ...data, amount }, context);
}

/** VALIDATION_FAILED for a field of the data; `where` follows "is required". */
export function missing(field: string, where: string) {
  return invalidField(`data.${field}`, `is required ${where}`);
}

/** A day of the data, as the reader writes it; undefined if there is none. */
export function dayIn(data: Data, field: string, context: ViewContext): string | undefined {
  const text = textOf(data[field]);
  return text === undefined ? undefined : formatDate(new Date(text), context);
}

/** "Visa ending in 4242"; undefined if the card is not known. */
export function cardIn({ cardBrand, cardLast4 }: Data, { texts }: ViewContext): string | undefined {
  if (cardBrand === undefined || cardLast4 === undefined) return undefined;
  return fillText(texts.shared.card, { cardBrand: brandName(String(cardBrand)), last4: String(cardLast4) });
}

/** Brands as they write themselves. https://docs.stripe.com/api/payment_methods/object#payment_method_object-card-brand */
const BRANDS: ReadonlyMap<string, string> = new Map([
  ["amex", "American Express"],
  ["cartes_bancaires", "Cartes Bancaires"],
  ["diners", "Diners Club"],
  ["discover", "Discover"],
  ["eftpos_au", "Eftpos Australia"],
  ["jcb", "JCB"],
  ["mastercard", "Mastercard"],
  ["unionpay", "UnionPay"],
  ["visa", "Visa"],
]);

function brandName(brand: string): string {
  return BRANDS.get(brand) ?? brand.replace(/^./, (letter) => letter.toUpperCase()).replaceAll("_", " ");
}
