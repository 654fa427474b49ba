/** The page's HTML. Mustache escapes every value. Pure. */
import Mustache from "mustache";
import type { Sender } from "../../lib/email/sender.ts";
import { formatMoney } from "../../lib/money/format-money.ts";
import type { NextStep } from "../../lib/stripe/next-step.ts";
import { assetUrl } from "./assets.ts";
import type { Found, Kind, ReturnTo, Summary } from "./found.ts";
import { PAGE_HTML } from "./page-html.ts";
import { isLive, PAGE_STATES, type PageState } from "./page-states.ts";
import { FORM_WORDS, wordsOf } from "./page-words.ts";
import { hostOf, returnLink } from "./return-links.ts";

export interface PayPage extends Found {
  /** Needed while an intent can still change. */
  readonly publishableKey?: string;
  /** Whether the payer comes back from the bank just now. */
  readonly isReturning?: boolean;
}

export interface PageSettings extends Sender {
  /** The emulator's origin, if it replaces Stripe. */
  readonly stripeJsOrigin: string | undefined;
}

/** The states that a live page can change to without a reload. */
const REACHABLE: readonly PageState[] = ["processing", "paid", "canceled"];

/** How long the payer can read how it ended, before the page goes back to the application by itself. */
const FORWARD_SECONDS = 8;

/** Only a page whose intent can still change gets the client secret and scripts. */
export function renderPage(page: PayPage, settings: PageSettings): string {
  const { state, kind, summary, step, intent, publishableKey } = page;
  const live = intent !== undefined && isLive(state);
  const shown = state === "payable" ? [] : [state];
  const outcomes = live ? [...new Set([...shown, ...REACHABLE])] : [state];
  const words = FORM_WORDS[kind];
  const forwardTo = !live && page.isReturning && state === "paid" && page.returnTo;
  return Mustache.render(PAGE_HTML, {
    state,
    title: wordsOf(state, kind).title,
    stylesheet: assetUrl("pay.css"),
    businessName: settings.businessName ?? false,
    supportEmail: settings.supportEmail ?? false,
    summary: summary === undefined ? false : summaryShown(summary, kind, state),
    // The payer must not take ours for the reference of the bank transfer.
    reference: summary !== undefined && (step?.details ?? []).length === 0 && page.reference,
    live: live && {
      script: assetUrl("pay.js"),
      stripeJs: `${settings.stripeJsOrigin ?? "https://js.stripe.com"}/v3/`,
      clientSecret: intent.clientSecret,
      publishableKey,
      forwardSeconds: page.returnTo && FORWARD_SECONDS,
      formTitle: wordsOf("payable", kind).title,
      button: intent.isSetup ? "Save card" : payLabel(summary),
      ...words,
      lead: words.lead ?? false,
      heading: wordsOf("payable", kind).heading,
      hidden: state !== "payable",
      back: page.returnTo && returnShown(page.returnTo, "payable", settings),
    },
    forward: forwardTo && { seconds: FORWARD_SECONDS, url: returnLink(forwardTo, state) },
    retry: state === "unavailable",
    outcomes: outcomes.map((name) => ({
      ...wordsOf(name, kind),
      name,
      hidden: name !== state,
      done: PAGE_STATES[name].sign === "done",
      waiting: PAGE_STATES[name].sign === "waiting",
      notice: PAGE_STATES[name].sign === "notice",
      renewal: name === "paid" && page.renewal,
      closing: name === "paid" && page.returnTo === undefined && "You can close this page.",
      forwarding: name === "paid" && page.returnTo !== undefined && { hidden: !forwardTo },
      step: name === state && step !== undefined && stepShown(name, kind, step, settings),
      otherWay: name === "redirect" && words.otherWay,
      back: page.returnTo && returnShown(page.returnTo, name, settings),
    })),
  });
}

function payLabel(summary: Summary | undefined): string {
  return summary?.amount === undefined ? "Pay" : `Pay ${formatMoney(summary.amount)}`;
}

function stepShown(
  state: PageState,
  kind: Kind,
  { url, expiresAt, details }: NextStep,
  settings: PageSettings,
) {
  return {
    hasDetails: details.length > 0,
    details,
    link: url !== undefined &&
      isSafeLink(url, settings) && { url, label: wordsOf(state, kind).next ?? "Open the instructions" },
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

function returnShown(returnTo: ReturnTo, state: PageState, { businessName }: PageSettings) {
  const url = returnLink(returnTo, state);
  const site = businessName ?? hostOf(returnTo);
  return url !== undefined && { url, label: `Return to ${site}`, site, isMain: state === "paid" };
}

function summaryShown({ amount, description, rows, livemode }: Summary, kind: Kind, state: PageState) {
  const isPaid = state === "paid";
  return {
    label: (kind === "card" || amount !== undefined) && {
      text: isPaid ? paidLabel(kind) : dueLabel(kind),
      paid: paidLabel(kind),
    },
    amount: amount !== undefined && {
      text: formatMoney(amount),
      currency: amount.currency.toUpperCase(),
    },
    purpose: kind === "card" && "Save a card for later payments",
    description: description ?? false,
    hasRows: rows.length > 0,
    rows,
    testMode: !livemode && {
      text:
        kind === "card" || kind === "trial"
          ? "Test mode: no real card is saved"
          : "Test mode: no real card is charged",
    },
  };
}

function dueLabel(kind: Kind): string {
  if (kind === "card") return "Nothing to pay now";
  return kind === "payment" ? "Amount" : "Due now";
}

function paidLabel(kind: Kind): string {
  return kind === "payment" || kind === "subscription" ? "Paid" : dueLabel(kind);
}
