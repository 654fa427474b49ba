/**
 * Stripe's presentment currencies and how they count: the one table for amounts. Pure. Sources:
 *
 * - https://docs.stripe.com/currencies: the list, decimals and special cases.
 * - https://docs.stripe.com/currencies#minimum-and-maximum-charge-amounts: minimums, and the digits of an amount. The
 *   limits depend on the way to pay, which is not known when a payment is created. So the table has the highest number
 *   of digits that the page names for the currency (LBP, COP, HUF and JPY: by card), and eight where it names none, like
 *   the reference of PaymentIntent.amount. Where the page contradicts itself, as for LBP, its digits count, not its
 *   examples. Stripe refuses what a network or an account cannot carry.
 */

interface CurrencyRules {
  /** Digits after the decimal point. */
  readonly decimals: 0 | 2 | 3;
  /** Amounts are multiples of this. */
  readonly step: 1 | 10 | 100;
  /** The smallest amount; 1 if Stripe names none. */
  readonly minimum: number;
  /** Digits of the largest amount. */
  readonly digits: number;
}

const DEFAULT_DIGITS = 8;
const DIGITS: ReadonlyMap<string, number> = new Map(
  Object.entries({ idr: 12, lbp: 11, cop: 10, huf: 10, jpy: 10, inr: 9 }),
);

/** Stripe also applies the minimum after conversion to the account's own currency, which only Stripe can check. */
const MINIMUMS: ReadonlyMap<string, number> = new Map(
  Object.entries({
    ...{
      aed: 200,
      aud: 50,
      bgn: 100,
      brl: 50,
      cad: 50,
      chf: 50,
      czk: 1500,
      dkk: 250,
      eur: 50,
      gbp: 30,
      hkd: 400,
    },
    ...{
      huf: 17_500,
      inr: 50,
      jpy: 50,
      mxn: 1000,
      myr: 200,
      nok: 300,
      nzd: 50,
      pln: 200,
      ron: 200,
      sek: 300,
    },
    ...{ sgd: 50, thb: 1000, usd: 50 },
  }),
);

/** HUF and TWD are here too: only payouts, which this service does not make, must be whole forints and dollars. */
const TWO_DECIMALS =
  "aed afn all amd ang aoa ars aud awg azn bam bbd bdt bgn bmd bnd bob brl bsd bwp byn bzd cad cdf chf cny cop crc cve " +
  "czk dkk dop dzd egp etb eur fjd fkp gbp gel gip gmd gtq gyd hkd hnl htg huf idr ils inr jmd kes kgs khr kyd kzt lak " +
  "lbp lkr lrd lsl mad mdl mkd mmk mnt mop mur mvr mwk mxn myr mzn nad ngn nio nok npr nzd pab pen pgk php pkr pln qar " +
  "ron rsd rub sar sbd scr sek sgd shp sle sos srd std szl thb tjs top try ttd twd tzs uah usd uyu uzs wst xcd xcg yer " +
  "zar zmw";
/** These no longer have coins, but Stripe still counts them in hundredths: 5 Icelandic krónur are 500. */
const WHOLE_UNITS_IN_HUNDREDTHS = "isk ugx";
const ZERO_DECIMALS = "bif clp djf gnf jpy kmf krw mga pyg rwf vnd vuv xaf xof xpf";
/** Card networks cannot carry the last of the three digits: it must be 0. */
const THREE_DECIMALS = "bhd jod kwd omr tnd";

const CURRENCIES: ReadonlyMap<string, CurrencyRules> = new Map([
  ...rulesOf(TWO_DECIMALS, { decimals: 2, step: 1 }),
  ...rulesOf(WHOLE_UNITS_IN_HUNDREDTHS, { decimals: 2, step: 100 }),
  ...rulesOf(ZERO_DECIMALS, { decimals: 0, step: 1 }),
  ...rulesOf(THREE_DECIMALS, { decimals: 3, step: 10 }),
]);

function rulesOf(codes: string, counting: Pick<CurrencyRules, "decimals" | "step">) {
  return codes.split(" ").map((code): [string, CurrencyRules] => {
    const minimum = MINIMUMS.get(code) ?? 1;
    return [code, { ...counting, minimum, digits: DIGITS.get(code) ?? DEFAULT_DIGITS }];
  });
}

/** The codes of all currencies that Stripe supports, in lowercase. */
export function currencyCodes(): string[] {
  return [...CURRENCIES.keys()];
}

/** Whether Stripe supports the currency; codes are lowercase. */
export function isCurrency(code: string): boolean {
  return CURRENCIES.has(code);
}

/** Digits after the decimal point when people write an amount in this currency; 2 in an unknown one. */
export function decimalsOf(currency: string): 0 | 2 | 3 {
  return CURRENCIES.get(currency)?.decimals ?? 2;
}

/** Amounts, in the smallest unit, must be multiples of this. */
export function amountStep(currency: string): 1 | 10 | 100 {
  return CURRENCIES.get(currency)?.step ?? 1;
}

/** The largest amount that can be charged in one payment, in the smallest unit. */
export function maximumAmount(currency: string): number {
  const { digits = DEFAULT_DIGITS, step = 1 } = CURRENCIES.get(currency) ?? {};
  return 10 ** digits - step;
}

/** The smallest amount that can be charged, in the smallest unit; the step if Stripe names none. */
export function minimumAmount(currency: string): number {
  const { minimum = 1, step = 1 } = CURRENCIES.get(currency) ?? {};
  return Math.max(minimum, step);
}
