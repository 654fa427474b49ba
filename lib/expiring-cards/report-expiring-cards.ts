/**
 * Finds the cards that expire within CARD_EXPIRY_DAYS and that something is still paid with. Once a day, a walk goes through the
 * cards whose months are about to end, and through no others. A run ends before its deadline and saves its place; the next run goes
 * on there. A card is noted when everything that happens for it has happened, so that it happens once for each card and month.
 *
 * A card that fails, such as while Stripe is down, does not stop the walk: the next run walks again, past the cards that are noted.
 */
import { versionOf } from "../aws/change-item.ts";
import type { Item } from "../aws/dynamodb.ts";
import type { CallContext } from "../call-context.ts";
import { recordedOf, recordsAtStripe } from "../customers/recorded-customer.ts";
import { asProblem } from "../errors.ts";
import { objectPath } from "../events/object-paths.ts";
import { objectState } from "../events/object-state.ts";
import { recordedIn } from "../events/recorded.ts";
import { type ReadStripe, stripeReader } from "../events/resolve-event.ts";
import { isStripeObject, type StripeObject } from "../events/stripe-event.ts";
import { logCall } from "../log.ts";
import { present } from "../present.ts";
import type { HeldTask } from "../reconcile/progress.ts";
import { subjectsAmong } from "../subject-ids.ts";
import { fieldOf, fieldsOf, textOf } from "../untrusted.ts";
import { useOfCard } from "./card-use.ts";
import { cardsExpiringIn, isReported, noteReported } from "./cards-by-expiry.ts";
import { type ExpiringCardContext, type ExpiringCardEffect, expiringCard } from "./expiring-card.ts";
import { endOfMonth, monthsExpiring } from "./expiry-window.ts";

export interface ExpiryRun extends CallContext {
  /** When the run itself was due: it decides by this time. */
  readonly dueAt: Date;
}

/** As many as one request to DynamoDB reads. */
const PAGE_SIZE = 100;
/** Cards at once: each needs a request to Stripe, whose limit is also that of the application's own requests. */
const AT_ONCE = 3;
/** The time that one card can take. None is begun with less left. */
const CARD_MS = 20_000;

interface Walk {
  /** The UTC day on which it began, such as `2027-04-02`. */
  readonly day: string;
  /** Where it goes on; left out when it has ended. */
  readonly month?: string;
  /** The last card before that place. */
  readonly after?: string;
  /** Whether a card has failed. */
  readonly hasFailed: boolean;
}

/** What became of one card. `unused`: nothing is paid with it. `changed`: Stripe knows it to be detached or renewed. */
type Result = "reported" | "unused" | "changed" | "failed";

/** Numbers of cards by outcome. */
export type ExpiryCounts = Record<Result, number>;

/** One run. Throws if the table cannot be read; then the next run goes on at the same place. */
export async function reportExpiringCards(
  task: HeldTask,
  run: ExpiryRun,
  effects: readonly ExpiringCardEffect[],
  { days, pageSize = PAGE_SIZE }: { readonly days: number; readonly pageSize?: number },
): Promise<ExpiryCounts> {
  const counts: ExpiryCounts = { reported: 0, unused: 0, changed: 0, failed: 0 };
  const months = monthsExpiring(run.dueAt, days);
  let walk = walkAt(task.progress, run.dueAt, months);
  while (walk?.month !== undefined) {
    const { month, after } = walk;
    const page = await cardsExpiringIn(month, { limit: pageSize, after });
    const isDone = await reportPage(page.items, month, run, effects, counts);
    if (!isDone) break;
    walk = {
      day: walk.day,
      hasFailed: walk.hasFailed || counts.failed > 0,
      ...(page.next === undefined
        ? present({ month: months.find((later) => later > month) })
        : { month, after: page.next }),
    };
    await task.save(walk);
  }
  return counts;
}

/** The walk in progress, or the next one if it is due; undefined if there is nothing to do. */
function walkAt(saved: unknown, now: Date, months: readonly string[]): Walk | undefined {
  const { day, month, after, hasFailed } = fieldsOf(saved);
  const today = now.toISOString().slice(0, 10);
  // The month of the place can have ended since.
  const place = textOf(month);
  if (place !== undefined && months.includes(place))
    return {
      day: textOf(day) ?? today,
      month: place,
      ...present({ after: textOf(after) }),
      hasFailed: hasFailed === true,
    };
  const isOver = place === undefined && day === today && hasFailed !== true;
  return isOver ? undefined : { day: today, ...present({ month: months[0] }), hasFailed: false };
}

/** False if the time did not suffice for all of them. */
async function reportPage(
  items: readonly Item[],
  month: string,
  run: ExpiryRun,
  effects: readonly ExpiringCardEffect[],
  counts: ExpiryCounts,
): Promise<boolean> {
  const cards = items.filter((item) => !isReported(item, month));
  for (let first = 0; first < cards.length; first += AT_ONCE) {
    if (run.deadline - run.now().getTime() < CARD_MS) return false;
    const batch = cards.slice(first, first + AT_ONCE);
    const results = await Promise.all(batch.map((item) => reportAndLog(item, month, run, effects)));
    for (const result of results) counts[result] += 1;
  }
  return true;
}

async function reportAndLog(
  item: Item,
  month: string,
  run: ExpiryRun,
  effects: readonly ExpiringCardEffect[],
): Promise<Result> {
  const paymentMethodId = String(item.objectId);
  const subjects = subjectsAmong(textOf(item.customerId));
  const line = { event: "expiring-card.reported", requestId: run.requestId, ...subjects, paymentMethodId };
  const deadline = Math.min(run.deadline, run.now().getTime() + CARD_MS);
  let stripeRequestId: string | undefined;
  const call = {
    deadline,
    now: run.now,
    noteVendorRequest: (id: string) => {
      stripeRequestId = id;
    },
  };
  const context = { requestId: run.requestId, deadline, now: run.now, read: stripeReader(call) };
  try {
    const result = await report(item, month, run.dueAt, effects, context);
    if (result === "reported") logCall({ ...line, stripeRequestId, outcome: "succeeded" });
    return result;
  } catch (thrown) {
    logCall({ ...line, stripeRequestId, outcome: "failed" }, asProblem(thrown));
    return "failed";
  }
}

async function report(
  item: Item,
  month: string,
  noticedAt: Date,
  effects: readonly ExpiringCardEffect[],
  context: ExpiringCardContext,
): Promise<Result> {
  const { state } = await recordedIn(item);
  const { customerId } = state;
  // The index can be behind.
  if (state.status !== "attached" || state.expires !== month || customerId === undefined) return "changed";
  const recorded = await recordedOf(customerId);
  const records =
    recorded.length > 0 ? recorded : await recordsAtStripe(customerId, context.read, context.now());
  const objectId = String(item.objectId);
  const use = records && useOfCard(objectId, endOfMonth(month), records);
  if (use === undefined) return "unused";
  const object = await cardAtStripe(objectId, context.read);
  const now = object && objectState(object);
  if (object === undefined || now?.customerId !== customerId || now.expires !== month) return "changed";
  const found = { object, month, customerId, use, revision: versionOf(item), noticedAt };
  const card = await expiringCard(found, context);
  for (const effect of effects) await effect(card, context);
  await noteReported(objectId, month);
  return "reported";
}

/**
 * The card as it is at Stripe now: the event that renews or detaches it, or deletes its customer, can be on its way. Undefined without
 * a customer.
 */
async function cardAtStripe(id: string, read: ReadStripe): Promise<StripeObject | undefined> {
  const path = objectPath("payment_method", id);
  const found = path === undefined ? undefined : await read(path, { expand: ["customer"] });
  if (!isStripeObject(found) || fieldOf(found.customer, "deleted") === true) return undefined;
  return found;
}
