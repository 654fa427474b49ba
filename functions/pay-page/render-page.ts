/** The page's HTML. Mustache escapes every value. Pure. */
import Mustache from "mustache";
import type { Sender } from "../../lib/email/sender.ts";
import { fillText } from "../../lib/languages/fill-text.ts";
import type { NextStep } from "../../lib/stripe/next-step.ts";
import { assetUrl } from "./assets.ts";
import type { Found, Kind, ReturnTo, Summary } from "./found.ts";
import { PAGE_HTML } from "./page-html.ts";
import type { PageLanguage } from "./page-language.ts";
import { isLive, PAGE_STATES, type PageState } from "./page-states.ts";
import { formWords, isSaving, wordsOf } from "./page-words.ts";
import { hostOf, returnLink } from "./return-links.ts";
import { stepRow } from "./step-rows.ts";

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
  const { state, kind, language, summary, step } = page;
  const { texts } = language;
  const isHereToStay = page.intent === undefined || !isLive(state);
  const shown = state === "payable" ? [] : [state];
  const outcomes = isHereToStay ? [state] : [...new Set([...shown, ...REACHABLE])];
  const forwardTo = isHereToStay && page.isReturning && state === "paid" && page.returnTo;
  const hasReference = summary !== undefined && (step?.details ?? []).length === 0;
  return Mustache.render(PAGE_HTML, {
    state,
    language: language.language,
    direction: language.direction,
    title: wordsOf(state, kind, texts).title,
    stylesheet: assetUrl("pay.css"),
    businessName: settings.businessName ?? false,
    support: supportShown(settings, language),
    summary: summary === undefined ? false : summaryShown(summary, kind, state, language),
    // The payer must not take ours for the reference of the bank transfer.
    reference: hasReference &&
      page.reference !== undefined && { label: texts.summary.reference, id: page.reference },
    live: !isHereToStay && formShown(page, settings),
    forward: forwardTo && { seconds: FORWARD_SECONDS, url: returnLink(forwardTo, state) },
    outcomes: outcomes.map((name) => outcomeShown(name, page, settings, forwardTo !== false)),
  });
}

/** The form, with what its script needs. */
function formShown(page: PayPage, settings: PageSettings) {
  const { state, kind, language, summary, intent, publishableKey, returnTo } = page;
  const { texts } = language;
  const { title, heading } = wordsOf("payable", kind, texts);
  const { lead, promise, busy, notDone, unknown, goBack } = formWords(kind, texts);
  return {
    script: assetUrl("pay.js"),
    stripeJs: `${settings.stripeJsOrigin ?? "https://js.stripe.com"}/v3/`,
    stripeLocale: language.stripeLocale,
    clientSecret: intent?.clientSecret,
    publishableKey,
    scriptTexts: JSON.stringify({ busy, notDone, unknown, notLoaded: texts.form.notLoaded }),
    forwardSeconds: returnTo && FORWARD_SECONDS,
    formTitle: title,
    heading,
    button: intent?.isSetup ? texts.form.saveCard : payLabel(summary, language),
    needsScript: texts.form.needsScript,
    loading: texts.form.loading,
    lead: lead ?? false,
    promise,
    hidden: state !== "payable",
    back: returnTo && {
      url: returnLink(returnTo, "payable"),
      goBack: fillText(goBack, { site: siteOf(returnTo, settings) }),
    },
  };
}

function payLabel(summary: Summary | undefined, { texts: { form }, money }: PageLanguage): string {
  return summary?.amount === undefined
    ? form.pay
    : fillText(form.payAmount, { amount: money(summary.amount) });
}

function outcomeShown(name: PageState, page: PayPage, settings: PageSettings, isForwarding: boolean) {
  const { state, kind, language, returnTo, step } = page;
  const { outcome } = language.texts;
  const words = wordsOf(name, kind, language.texts);
  const { sign } = PAGE_STATES[name];
  const isPaid = name === "paid";
  return {
    ...words,
    message: words.message ?? false,
    name,
    hidden: name !== state,
    done: sign === "done",
    waiting: sign === "waiting",
    notice: sign === "notice",
    renewal: isPaid && page.renewal,
    closing: isPaid && returnTo === undefined && outcome.closing,
    forwarding: isPaid && returnTo !== undefined && { text: outcome.forwarding, hidden: !isForwarding },
    step: name === state && step !== undefined && stepShown(step, words.next, language, settings),
    otherWay: name === "redirect" && formWords(kind, language.texts).otherWay,
    back: returnTo && returnShown(returnTo, name, language, settings),
    retry: name === "unavailable" && outcome.tryAgain,
  };
}

function stepShown(
  { url, expiresAt, details }: NextStep,
  next: string | undefined,
  language: PageLanguage,
  settings: PageSettings,
) {
  const { openInstructions, payBy } = language.texts.outcome;
  return {
    hasDetails: details.length > 0,
    details: details.map((detail) => stepRow(detail, language)),
    link: url !== undefined && isSafeLink(url, settings) && { url, label: next ?? openInstructions },
    expires: expiresAt !== undefined && fillText(payBy, { time: language.time(expiresAt) }),
  };
}

/** Never a script; without TLS only to the emulator. */
function isSafeLink(url: string, { stripeJsOrigin }: PageSettings): boolean {
  if (!URL.canParse(url)) return false;
  const { protocol, origin } = new URL(url);
  return protocol === "https:" || origin === stripeJsOrigin;
}

function returnShown(
  returnTo: ReturnTo,
  state: PageState,
  { texts: { outcome } }: PageLanguage,
  settings: PageSettings,
) {
  const url = returnLink(returnTo, state);
  const label = fillText(outcome.return, { site: siteOf(returnTo, settings) });
  return url !== undefined && { url, label, isMain: state === "paid" };
}

const siteOf = (returnTo: ReturnTo, { businessName }: PageSettings) => businessName ?? hostOf(returnTo);

function summaryShown(
  { amount, description, rows, livemode }: Summary,
  kind: Kind,
  state: PageState,
  { texts, money }: PageLanguage,
) {
  const due = dueLabel(kind, texts);
  const paid = isSaving(kind) ? due : texts.summary.paid;
  return {
    label: (kind === "card" || amount !== undefined) && { text: state === "paid" ? paid : due, paid },
    amount: amount !== undefined && { text: money(amount), currency: amount.currency.toUpperCase() },
    purpose: kind === "card" && texts.summary.saveCard,
    description: description ?? false,
    hasRows: rows.length > 0,
    rows,
    testMode: !livemode && { text: (isSaving(kind) ? texts.saving : texts.paying).testMode },
  };
}

function dueLabel(kind: Kind, { summary }: PageLanguage["texts"]): string {
  if (kind === "card") return summary.nothingNow;
  return kind === "payment" ? summary.amount : summary.dueNow;
}

/** The sentence about questions, in parts, because the address in it is a link. */
function supportShown({ supportEmail }: Sender, { questions }: PageLanguage) {
  const [before = "", after = ""] = questions.split("{{supportEmail}}");
  return supportEmail !== undefined && { before, email: supportEmail, after };
}
