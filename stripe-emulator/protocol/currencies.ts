/**
 * Stripe's presentment currencies, and which amounts can be charged in each:
 * https://docs.stripe.com/currencies. The digits of an amount are those of card payments.
 */

const CODES = new Set(
  (
    "aed afn all amd ang aoa ars aud awg azn bam bbd bdt bgn bhd bif bmd bnd bob brl bsd bwp byn bzd cad cdf chf clp cny " +
    "cop crc cve czk djf dkk dop dzd egp etb eur fjd fkp gbp gel gip gmd gnf gtq gyd hkd hnl htg huf idr ils inr isk jmd " +
    "jod jpy kes kgs khr kmf krw kwd kyd kzt lak lbp lkr lrd lsl mad mdl mga mkd mmk mnt mop mur mvr mwk mxn myr mzn nad " +
    "ngn nio nok npr nzd omr pab pen pgk php pkr pln pyg qar ron rsd rub rwf sar sbd scr sek sgd shp sle sos srd std szl " +
    "thb tjs tnd top try ttd twd tzs uah ugx usd uyu uzs vnd vuv wst xaf xcd xcg xof xpf yer zar zmw"
  ).split(" "),
);

/** The smallest charge, in the currency's smallest unit; of all others 50. */
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

/** The digits of the largest charge; of all others 8. */
const DIGITS: ReadonlyMap<string, number> = new Map(
  Object.entries({ idr: 12, lbp: 11, cop: 10, huf: 10, jpy: 10, inr: 9 }),
);

/** Charges are multiples of this: the last of three decimals is 0, and krónur and shillings have no hundredths. */
const STEPS: ReadonlyMap<string, number> = new Map(
  Object.entries({ bhd: 10, jod: 10, kwd: 10, omr: 10, tnd: 10, isk: 100, ugx: 100 }),
);

const ZERO_DECIMALS = new Set("bif clp djf gnf jpy kmf krw mga pyg rwf vnd vuv xaf xof xpf".split(" "));
const THREE_DECIMALS = new Set("bhd jod kwd omr tnd".split(" "));

/** Digits after the decimal point; Stripe counts krónur and shillings in hundredths. */
export function decimalsOf(code: string): 0 | 2 | 3 {
  if (ZERO_DECIMALS.has(code)) return 0;
  return THREE_DECIMALS.has(code) ? 3 : 2;
}

/** Whether charges in this currency are possible; `code` is in lower case. */
export function isPresentmentCurrency(code: string): boolean {
  return CODES.has(code);
}

/** Why `amount` cannot be charged, with Stripe's error code if there is one; undefined if it can. */
export function amountRefusal(
  amount: number,
  code: string,
): { readonly message: string; readonly code?: string } | undefined {
  const minimum = MINIMUMS.get(code) ?? 50;
  const maximum = 10 ** (DIGITS.get(code) ?? 8) - 1;
  const step = STEPS.get(code) ?? 1;
  const unit = `${code} (in the smallest unit of the currency)`;
  if (amount < minimum)
    return { message: `Amount must be at least ${minimum} ${unit}.`, code: "amount_too_small" };
  if (amount > maximum)
    return { message: `Amount must be no more than ${maximum} ${unit}.`, code: "amount_too_large" };
  if (amount % step !== 0) return { message: `Amount must be a multiple of ${step} ${unit}.` };
  return undefined;
}
