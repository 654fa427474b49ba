/** The page's HTML. Mustache escapes every value. Pure. */
import Mustache from "mustache";
import type { Sender } from "../../lib/email/sender.ts";
import { formatMoney } from "../../lib/money/format-money.ts";
import type { NextStep } from "../../lib/stripe/next-step.ts";
import { assetUrl } from "./assets.ts";
import type { Payment } from "./find-payment.ts";
import { PAGE_HTML } from "./page-html.ts";
import { isLive, PAGE_STATES, type PageState, type Words } from "./page-states.ts";

export interface PayPage {
  readonly state: PageState;
  readonly payment?: Payment;
  /** What the payment waits for, if its payer has started to pay. */
  readonly step?: NextStep;
  /** Needed while a payment can still change. */
  readonly publishableKey?: string;
}

export interface PageSettings extends Sender {
  /** The emulator's origin, if it replaces Stripe. */
  readonly stripeJsOrigin: string | undefined;
}

/** The states that a live page can change to without a reload. */
const REACHABLE: readonly PageState[] = ["processing", "paid", "canceled"];

/** Only a page whose payment can still change gets the client secret and scripts. */
export function renderPage(page: PayPage, settings: PageSettings): string {
  const { state, payment, step, publishableKey } = page;
  const live = payment !== undefined && isLive(state);
  const shown = state === "payable" ? [] : [state];
  const outcomes = live ? [...new Set([...shown, ...REACHABLE])] : [state];
  return Mustache.render(PAGE_HTML, {
    state,
    title: PAGE_STATES[state].title,
    stylesheet: assetUrl("pay.css"),
    businessName: settings.businessName ?? false,
    supportEmail: settings.supportEmail ?? false,
    payment: payment === undefined ? false : summaryOf(payment),
    // The payer must not take ours for the reference of the bank transfer.
    reference: payment !== undefined && (step?.details ?? []).length === 0 && payment.paymentIntentId,
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
      step: name === state && step !== undefined && stepShown(name, step, settings),
      otherWay: name === "redirect",
    })),
  });
}

function stepShown(state: PageState, { url, expiresAt, details }: NextStep, settings: PageSettings) {
  const words: Words = PAGE_STATES[state];
  return {
    hasDetails: details.length > 0,
    details,
    link: url !== undefined &&
      isSafeLink(url, settings) && { url, label: words.next ?? "Open the instructions" },
    expires: expiresAt !== undefined && DATE.format(expiresAt * 1000),
  };
}

const DATE = new Intl.DateTimeFormat("en-US", { dateStyle: "long", timeStyle: "short", timeZone: "UTC" });

/** Never a script; without TLS only to the emulator. */
function isSafeLink(url: string, { stripeJsOrigin }: PageSettings): boolean {
  if (!URL.canParse(url)) return false;
  const { protocol, origin } = new URL(url);
  return protocol === "https:" || origin === stripeJsOrigin;
}

function summaryOf(payment: Payment) {
  return {
    amount: formatMoney(payment),
    currency: payment.currency.toUpperCase(),
    description: payment.description ?? false,
    testMode: !payment.livemode,
  };
}
