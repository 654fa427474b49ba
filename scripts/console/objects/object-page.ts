/** The page of one object: everything that the tables, the audit log and the line of time have about it. */
import { type CheckedEntry, checkEntriesOf } from "../../../lib/audit/check-object.ts";
import { getItem } from "../../../lib/aws/dynamodb.ts";
import { env } from "../../../lib/env.ts";
import { Problem } from "../../../lib/errors.ts";
import { ENTITLEMENT_SUMMARY } from "../../../lib/events/entitlement-summary.ts";
import type { ObjectState } from "../../../lib/events/object-state.ts";
import { recordedIn } from "../../../lib/events/recorded.ts";
import { failedPayment } from "../../../lib/failed-payments/failed-payment-table.ts";
import { formatMoney } from "../../../lib/money/format-money.ts";
import { present } from "../../../lib/present.ts";
import { numberOf, textOf } from "../../../lib/untrusted.ts";
import { LOCAL_API_KEY } from "../../../local/settings.ts";
import { kindName } from "../../find/kind-name.ts";
import type { Entry } from "../journal/entry.ts";
import type { ConsoleContext } from "../server/route.ts";
import { type Fact, factsOf } from "./facts.ts";
import { type HistoryRow, historyOf } from "./history.ts";
import { type MoneyTable, moneyOf, partsOfPayment, type Related, refundable } from "./money.ts";
import { type NextStep, nextSteps } from "./next-steps.ts";
import { relatedTo } from "./related.ts";
import { mailsAbout, notificationsAbout, type SentMail, type SentNotification } from "./sent.ts";

export interface ObjectPage {
  readonly id: string;
  /** What people call it, such as `payment`. */
  readonly kind: string;
  readonly status: string;
  /** As people write it. */
  readonly amount?: string;
  /** True if Stripe never changes the status again. */
  readonly isFinal: boolean;
  readonly recorded: {
    /** UTC, ISO 8601. */
    readonly at: string;
    readonly fromEventId?: string;
    readonly fromType?: string;
    readonly version: number;
    /** False if no secret of this stage opens its metadata. */
    readonly isComplete: boolean;
  };
  readonly facts: readonly Fact[];
  readonly money?: MoneyTable;
  readonly dunning?: Dunning;
  readonly related: readonly RelatedRow[];
  readonly history: readonly HistoryRow[];
  readonly mails: readonly SentMail[];
  readonly notifications: readonly SentNotification[];
  readonly audit: { readonly entries: readonly CheckedEntry[]; readonly hasMore: boolean };
  readonly nextSteps: readonly NextStep[];
  /** Of the line of time, newest first. */
  readonly entries: readonly Entry[];
}

/** What happens about a payment that has failed. */
export interface Dunning {
  readonly status: string;
  readonly attempts: number;
  readonly declineCode?: string;
  /** UTC, ISO 8601. */
  readonly lastFailedAt: string;
  readonly nextMailAt?: string;
}

export interface RelatedRow {
  readonly id: string;
  readonly kind: string;
  readonly status: string;
  readonly amount?: string;
  /** Of a card: its last month. */
  readonly note?: string;
}

const MOST_AUDIT_ENTRIES = 100;
const MOST_ENTRIES = 100;

/** Throws NOT_FOUND if nothing is recorded of the object. */
export async function objectPage(id: string, context: ConsoleContext): Promise<ObjectPage> {
  const now = await context.now();
  const [item, history, audit] = await Promise.all([
    getItem(env("STRIPE_OBJECTS_TABLE"), { objectId: id }),
    historyOf(id),
    checkEntriesOf(id, { limit: MOST_AUDIT_ENTRIES, now }),
  ]);
  if (item === undefined || item.objectType === undefined) throw notRecorded(id);
  const { state, version, isComplete } = await recordedIn(item);
  const self: Related = { id, state };
  const about = context.journal.about(id);
  const ofCustomer =
    state.customerId === undefined || state.customerId === id
      ? []
      : (await checkEntriesOf(state.customerId, { limit: MOST_AUDIT_ENTRIES, now })).entries;
  const related = await relatedTo(id, state, [
    ...idsIn(audit.entries),
    ...about.toReversed().flatMap(({ ids }) => ids),
    ...idsIn(ofCustomer),
  ]);
  const money =
    state.objectType === "payment_intent" ? moneyOf(state, partsOfPayment(id, state, related)) : undefined;
  const disputes = related.filter((one) => one.state.objectType === "dispute");
  const openInvoices = related.filter(
    ({ state: one }) => one.objectType === "invoice" && one.status === "open",
  );
  const [mails, notifications, dunnings] = await Promise.all([
    mailsAbout(self, ofOwn(self, related), history),
    notificationsAbout(self, history),
    Promise.all(
      [id, ...(state.objectType === "subscription" ? openInvoices.map((one) => one.id) : [])].map(dunningOf),
    ),
  ]);
  const dunning = dunnings.find((one) => one !== undefined);
  const entitlements = related.find((one) => one.state.objectType === ENTITLEMENT_SUMMARY)?.state
    .entitlements;
  return {
    id,
    kind: kindName(state.objectType),
    status: state.status,
    isFinal: state.final,
    recorded: {
      at: String(item.recordedAt),
      version,
      isComplete,
      ...present({
        fromEventId: textOf(item.eventId) || undefined,
        fromType: textOf(item.eventType) || undefined,
      }),
    },
    facts: factsOf({ ...state, ...present({ entitlements }) }),
    related: related
      .filter((one) => isShown(one, state))
      .map(rowOf)
      .sort((a, b) => a.kind.localeCompare(b.kind) || a.id.localeCompare(b.id)),
    history,
    mails,
    notifications,
    audit,
    nextSteps: nextSteps(id, state, {
      stage: context.target.stage,
      api: apiOf(context),
      refundable: refundable(money),
      disputes: disputes.map((dispute) => ({ id: dispute.id, status: dispute.state.status })),
      openInvoices: openInvoices.map((one) => one.id),
    }),
    entries: entriesAbout([id, ...ofOwn(self, related).map((one) => one.id)], context),
    ...present({ amount: shownAmount(state.amount, state.currency), money, dunning }),
  };
}

/** A charge is on the page of its payment, and entitlements are among the facts. */
function isShown({ state }: Related, page: ObjectState): boolean {
  if (state.objectType === ENTITLEMENT_SUMMARY) return false;
  return state.objectType !== "charge" || page.objectType !== "customer";
}

/** A payment's refunds are part of its story; a payment's customer is not: it has a story of its own. */
function ofOwn({ id, state }: Related, related: readonly Related[]): readonly Related[] {
  const above = ["customer", "subscription", "invoice", "payment_intent"];
  const rank = (type: string) => (above.includes(type) ? above.indexOf(type) : above.length);
  return related.filter((one) => one.id !== id && rank(one.state.objectType) > rank(state.objectType));
}

function entriesAbout(ids: readonly string[], { journal }: ConsoleContext): readonly Entry[] {
  const byId = new Map(ids.flatMap((id) => journal.about(id)).map((entry) => [entry.id, entry]));
  return [...byId.values()].sort((a, b) => b.at - a.at).slice(0, MOST_ENTRIES);
}

const idsIn = (entries: readonly CheckedEntry[]) => entries.flatMap(({ entry }) => entry?.objects ?? []);

async function dunningOf(id: string): Promise<Dunning | undefined> {
  const failed = await failedPayment(id);
  if (failed === undefined) return undefined;
  const time = (seconds: number) => new Date(seconds * 1000).toISOString();
  return {
    status: failed.status,
    attempts: failed.attempts,
    lastFailedAt: time(failed.lastFailedAt),
    ...present({
      declineCode: failed.lastDeclineCode,
      nextMailAt: failed.followUpAt === undefined ? undefined : time(failed.followUpAt),
    }),
  };
}

function rowOf({ id, state }: Related): RelatedRow {
  const { amount, currency, expires } = state;
  return {
    id,
    kind: kindName(state.objectType),
    status: state.status,
    ...present({
      amount: shownAmount(numberOf(amount), currency),
      note: expires === undefined ? undefined : `works until ${expires}`,
    }),
  };
}

const shownAmount = (amount: number | undefined, currency: string | undefined) =>
  amount === undefined || currency === undefined ? undefined : formatMoney({ amount, currency });

/** The key of the local stack is the same for everybody; that of a stage stays in the shell. */
function apiOf({ local }: ConsoleContext): { readonly url: string; readonly key: string } {
  return local === undefined
    ? { url: "$API_URL", key: "$API_KEY" }
    : { url: `http://127.0.0.1:${local.ports.PORT}`, key: LOCAL_API_KEY };
}

const notRecorded = (id: string) =>
  new Problem(
    "NOT_FOUND",
    `Nothing is recorded of ${id}: no event about it was applied. Stripe may know it: npm run events -- list --object ${id}`,
  );
