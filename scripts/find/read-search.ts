/** What a search means, by the form of its text. Pure. */
import { isEmailAddress } from "../../lib/email-address.ts";
import { currencyCodes, decimalsOf, isCurrency } from "../../lib/money/currencies.ts";
import { formatMoney } from "../../lib/money/format-money.ts";
import { isRunId } from "../../lib/workflow/execution-name.ts";

/** One place to look in. */
export type Look =
  | { readonly by: "object" | "event" | "run" | "request" | "address" | "reference"; readonly value: string }
  | {
      readonly by: "amount";
      /** In the smallest unit. */
      readonly amount: number;
      /** Undefined for any. */
      readonly currency?: string;
      /** Digits after the point that the currency must have. */
      readonly decimals?: number;
    };

export interface Search {
  /** How the text was read, as the end of "It was read as". */
  readonly readAs: string;
  readonly looks: readonly Look[];
  /** Where to look if all of that finds nothing. */
  readonly otherwise: readonly Look[];
}

const EVENT = /^evt_\w{1,200}$/;
const STRIPE_REQUEST = /^req_\w{1,200}$/;
/** Of a response: X-Request-Id. */
const OWN_REQUEST = /^[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i;
const OBJECT = /^[a-z]{2,12}(?:_[a-z]{2,12})?_[A-Za-z0-9]{3,200}$/;
const SYMBOLS: Readonly<Record<string, string>> = {
  $: "usd",
  "€": "eur",
  "£": "gbp",
  "¥": "jpy",
  "₹": "inr",
};

/** The text has at least one character. */
export function readSearch(text: string): Search {
  const value = text.trim().replace(/\s+/g, " ");
  const reference: Look = { by: "reference", value };
  const one = (readAs: string, look: Look): Search => ({
    readAs,
    looks: [look],
    otherwise: look.by === "reference" ? [] : [reference],
  });
  if (EVENT.test(value)) return one("the id of an event", { by: "event", value });
  if (isRunId(value)) return one("the id of a workflow's run", { by: "run", value });
  if (STRIPE_REQUEST.test(value)) return one("the id of a request to Stripe", { by: "request", value });
  if (OWN_REQUEST.test(value))
    return one("the id of a call (X-Request-Id) or of a queue's message", { by: "request", value });
  if (OBJECT.test(value)) return one("the id of an object at Stripe", { by: "object", value });
  if (isEmailAddress(value)) return one("a mail address", { by: "address", value });
  return readAmount(value, reference) ?? one("an id of the application", reference);
}

/** `42.00 usd`, `$42`, `42,00`, `4200`. */
function readAmount(text: string, reference: Look): Search | undefined {
  const { number, currency } = partsOf(text);
  const [, whole, fraction] = /^(\d{1,12})(?:[.,](\d{2,3}))?$/.exec(number) ?? [];
  if (whole === undefined) return undefined;
  if (currency !== undefined) {
    const decimals = decimalsOf(currency);
    if (fraction !== undefined && fraction.length !== decimals) return undefined;
    const amount = Number(`${whole}${fraction ?? "0".repeat(decimals)}`);
    return {
      readAs: `the amount ${formatMoney({ amount, currency })}`,
      looks: [{ by: "amount", amount, currency }],
      otherwise: [reference],
    };
  }
  const amount = Number(`${whole}${fraction ?? ""}`);
  if (fraction !== undefined)
    return {
      readAs: `an amount of ${whole}.${fraction} in any currency with ${fraction.length} decimals`,
      looks: [{ by: "amount", amount, decimals: fraction.length }],
      otherwise: [reference],
    };
  return {
    readAs: `an id of the application, and as an amount of ${amount} in the smallest unit, such as ${formatMoney({ amount, currency: "usd" })}; with a currency (${amount} usd) it is a whole amount`,
    looks: [reference, { by: "amount", amount }],
    otherwise: [],
  };
}

function partsOf(text: string): { readonly number: string; readonly currency?: string } {
  const symbol = Object.keys(SYMBOLS).find((sign) => text.startsWith(sign) || text.endsWith(sign));
  if (symbol !== undefined)
    return { number: text.replace(symbol, "").trim(), ...only(SYMBOLS[symbol] ?? "") };
  const lower = text.toLowerCase();
  const code = currencyCodes().find((each) => lower.startsWith(`${each} `) || lower.endsWith(` ${each}`));
  return code === undefined ? { number: text } : { number: lower.replace(code, "").trim(), ...only(code) };
}

const only = (currency: string) => (isCurrency(currency) ? { currency } : {});
