/**
 * Stripe's presentment currencies and how they count. Sources: https://docs.stripe.com/currencies (list, decimals, special cases) and
 * https://docs.stripe.com/currencies#minimum-and-maximum-charge-amounts (minimum amounts). Pure.
 */

const CURRENCIES: ReadonlySet<string> = new Set(
  (
    "aed afn all amd ang aoa ars aud awg azn bam bbd bdt bgn bhd bif bmd bnd bob brl bsd bwp byn bzd cad cdf chf clp cny " +
    "cop crc cve czk djf dkk dop dzd egp etb eur fjd fkp gbp gel gip gmd gnf gtq gyd hkd hnl htg huf idr ils inr isk jmd " +
    "jod jpy kes kgs khr kmf krw kwd kyd kzt lak lbp lkr lrd lsl mad mdl mga mkd mmk mnt mop mur mvr mwk mxn myr mzn nad " +
    "ngn nio nok npr nzd omr pab pen pgk php pkr pln pyg qar ron rsd rub rwf sar sbd scr sek sgd shp sle sos srd std szl " +
    "thb tjs tnd top try ttd twd tzs uah ugx usd uyu uzs vnd vuv wst xaf xcd xcg xof xpf yer zar zmw"
  ).split(" "),
);

const ZERO_DECIMAL: ReadonlySet<string> = new Set(
  "bif clp djf gnf jpy kmf krw mga pyg rwf vnd vuv xaf xof xpf".split(" "),
);
const THREE_DECIMAL: ReadonlySet<string> = new Set("bhd jod kwd omr tnd".split(" "));
/** These no longer have coins, but Stripe still counts them in hundredths: 5 Icelandic krónur are 500. */
const WHOLE_UNITS_IN_HUNDREDTHS: ReadonlySet<string> = new Set(["isk", "ugx"]);

/**
 * Smallest amount that Stripe charges, in the smallest unit, for the currencies that have one. Stripe also applies the
 * minimum after conversion to the account's own currency, which only Stripe can check.
 */
const MINIMUM_AMOUNTS: ReadonlyMap<string, number> = new Map([
  ["usd", 50],
  ["aed", 200],
  ["aud", 50],
  ["bgn", 100],
  ["brl", 50],
  ["cad", 50],
  ["chf", 50],
  ["czk", 1500],
  ["dkk", 250],
  ["eur", 50],
  ["gbp", 30],
  ["hkd", 400],
  ["huf", 17500],
  ["inr", 50],
  ["jpy", 50],
  ["mxn", 1000],
  ["myr", 200],
  ["nok", 300],
  ["nzd", 50],
  ["pln", 200],
  ["ron", 200],
  ["sek", 300],
  ["sgd", 50],
  ["thb", 1000],
]);

/** Whether Stripe supports the currency; codes are lowercase. */
export function isCurrency(code: string): boolean {
  return CURRENCIES.has(code);
}

/** Digits after the decimal point when people write an amount in this currency. */
export function decimalsOf(currency: string): 0 | 2 | 3 {
  if (ZERO_DECIMAL.has(currency)) return 0;
  return THREE_DECIMAL.has(currency) ? 3 : 2;
}

/** Amounts, in the smallest unit, must be multiples of this. */
export function amountStep(currency: string): 1 | 10 | 100 {
  if (WHOLE_UNITS_IN_HUNDREDTHS.has(currency)) return 100;
  return THREE_DECIMAL.has(currency) ? 10 : 1;
}

/** Eight digits, and twelve for rupiahs, which have a low value. */
const MAXIMUM_AMOUNT = 99_999_999;
const MAXIMUM_AMOUNT_IDR = 999_999_999_999;

/** The largest amount that can be charged in one payment, in the smallest unit. */
export function maximumAmount(currency: string): number {
  return currency === "idr" ? MAXIMUM_AMOUNT_IDR : MAXIMUM_AMOUNT;
}

/** The smallest amount that can be charged, in the smallest unit; 1 if Stripe names none. */
export function minimumAmount(currency: string): number {
  return MINIMUM_AMOUNTS.get(currency) ?? 1;
}
