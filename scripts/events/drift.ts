/**
 * `npm run events -- drift`: compares the recorded objects with Stripe, and with `--fix` records the state at Stripe.
 */
import { getItem, getItems, type Item, scanPage } from "../../lib/aws/dynamodb.ts";
import { env } from "../../lib/env.ts";
import { Problem } from "../../lib/errors.ts";
import { isReferenceItem } from "../../lib/events/references.ts";
import { type Drift, findDrift, fixDrift } from "../../lib/reconcile/drift.ts";
import type { Verdict } from "../command-line/command.ts";
import { showProgress } from "../progress-line.ts";
import { textTable } from "../text-table.ts";
import type { EventsAsked } from "./command.ts";
import { counted } from "./shown.ts";
import { readNow } from "./stripe-events.ts";

type DriftAsked = Extract<EventsAsked, { action: "drift" }>;

const SLICE = 50;
const HEADINGS = ["OBJECT", "KIND", "RECORDED", "AT STRIPE", "FIELDS"];

export interface Drifts {
  readonly compared: number;
  readonly drifts: readonly Drift[];
}

/** The objects whose records differ from Stripe. Each was compared twice. */
export async function findDrifts(asked: Omit<DriftAsked, "action" | "fix">): Promise<Drifts> {
  let compared = 0;
  const suspects: string[] = [];
  for await (const items of objects(asked)) {
    const drifts = await findDrift(items, readNow);
    compared += items.length;
    suspects.push(...drifts.map(({ objectId }) => objectId));
    showProgress(`${counted(compared, "object")} compared, ${suspects.length} differ ...`);
  }
  // Objects whose events were being processed during the first comparison may no longer differ.
  const again = await getItems(
    env("STRIPE_OBJECTS_TABLE"),
    suspects.map((objectId) => ({ objectId })),
  );
  const drifts = await findDrift(again, readNow);
  showProgress("");
  return { compared, drifts };
}

/** "nothing wrong" when no object differs, or every difference was fixed. */
export async function compareObjects(asked: DriftAsked): Promise<Verdict> {
  const { compared, drifts } = await findDrifts(asked);
  if (drifts.length > 0) console.log(`${textTable([HEADINGS, ...drifts.map(rowOf)])}\n`);
  const left = asked.fix ? await fixAll(drifts) : drifts.length;
  const fixed = asked.fix && drifts.length > 0 ? `, ${drifts.length - left} fixed` : "";
  console.log(
    `${counted(compared, "object")} compared: ${drifts.length} ${drifts.length === 1 ? "differs" : "differ"} from Stripe${fixed}.`,
  );
  return left === 0 ? "nothing wrong" : "something wrong";
}

async function* objects({ objectId, limit }: Omit<DriftAsked, "action" | "fix">): AsyncGenerator<Item[]> {
  const table = env("STRIPE_OBJECTS_TABLE");
  if (objectId !== undefined) {
    const item = await getItem(table, { objectId });
    if (item === undefined) throw new Problem("NOT_FOUND", `Nothing is recorded about ${objectId}`);
    yield [item];
    return;
  }
  let after: Item | undefined;
  let read = 0;
  do {
    const { items, next } = await scanPage(table, { after, limit: Math.min(SLICE, limit - read) });
    const records = items.filter((item) => !isReferenceItem(item));
    yield records;
    read += records.length;
    after = next;
  } while (after !== undefined && read < limit);
  if (after !== undefined) console.log(`The first ${read} objects only; --limit compares more.`);
}

/** Returns how many objects could not be fixed. */
async function fixAll(drifts: readonly Drift[]): Promise<number> {
  let left = 0;
  for (const drift of drifts) {
    if (await fixDrift(drift, new Date())) continue;
    left += 1;
    const why = drift.found === undefined ? "Stripe does not have it" : "its record has changed since";
    console.log(`${drift.objectId} was not fixed: ${why}.`);
  }
  return left;
}

function rowOf({ objectId, objectType, recordedStatus, stripeStatus, fields }: Drift): string[] {
  return [objectId, objectType, recordedStatus, stripeStatus, fields.join(" ")];
}
