/** The page's HTML. Mustache escapes every value. Pure. */
import Mustache from "mustache";
import { formatMoney } from "../../lib/money/format-money.ts";
import { assetUrl } from "./assets.ts";
import type { Payment } from "./find-payment.ts";
import { PAGE_HTML } from "./page-html.ts";
import { isLive, PAGE_STATES, type PageState } from "./page-states.ts";

export interface PayPage {
  readonly state: PageState;
  readonly payment?: Payment;
  /** Needed while a payment can still change: in the states payable and processing. */
  readonly publishableKey?: string;
}

export interface PageSettings {
  /** The emulator's origin, if it replaces Stripe. */
  readonly stripeJsOrigin: string | undefined;
  /** The business that is paid, by the name that the payer knows. */
  readonly businessName: string | undefined;
}

/** The states that a payable or processing page can change to without a reload. */
const REACHABLE: readonly PageState[] = ["processing", "paid", "canceled"];

/** Only a page whose payment can still change gets the client secret and scripts. */
export function renderPage({ state, payment, publishableKey }: PayPage, settings: PageSettings): string {
  const live = payment !== undefined && isLive(state);
  const outcomes = live ? REACHABLE : [state];
  return Mustache.render(PAGE_HTML, {
    state,
    title: PAGE_STATES[state].title,
    stylesheet: assetUrl("pay.css"),
    businessName: settings.businessName ?? false,
    payment: payment === undefined ? false : summaryOf(payment),
    live: live && {
      script: assetUrl("pay.js"),
      stripeJs: `${settings.stripeJsOrigin ?? "https://js.stripe.com"}/v3/`,
      clientSecret: payment.clientSecret,
      publishableKey,
      amount: formatMoney(payment),
      heading: PAGE_STATES.payable.heading,
      hidden: state !== "payable",
    },
    retry: state === "unavailable",
    outcomes: outcomes.map((name) => ({
      ...PAGE_STATES[name],
      name,
      hidden: name !== state,
      done: PAGE_STATES[name].sign === "done",
      waiting: PAGE_STATES[name].sign === "waiting",
      notice: PAGE_STATES[name].sign === "notice",
    })),
  });
}

function summaryOf(payment: Payment) {
  return {
    amount: formatMoney(payment),
    currency: payment.currency.toUpperCase(),
    description: payment.description ?? false,
    reference: payment.paymentIntentId,
    testMode: !payment.livemode,
  };
}
