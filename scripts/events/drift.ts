/**
 * `npm run events -- drift`: compares what is recorded of objects with Stripe, and with `--mend` records what Stripe
 * says.
 */
import { getItem, getItems, type Item, scanPage } from "../../lib/aws/dynamodb.ts";
import { env } from "../../lib/env.ts";
import { Problem } from "../../lib/errors.ts";
import { type Drift, findDrift, mend } from "../../lib/reconcile/drift.ts";
import { showProgress } from "../progress-line.ts";
import { textTable } from "../text-table.ts";
import type { EventsCommand } from "./command.ts";
import { counted } from "./shown.ts";
import { readNow } from "./stripe-events.ts";

type DriftCommand = Extract<EventsCommand, { action: "drift" }>;

const SLICE = 50;
const HEADINGS = ["OBJECT", "KIND", "RECORDED", "AT STRIPE", "FIELDS"];

/** Whether nothing differs when it has ended. */
export async function compareObjects(command: DriftCommand): Promise<boolean> {
  let compared = 0;
  const suspects: string[] = [];
  for await (const items of objects(command)) {
    const drifts = await findDrift(items, readNow);
    compared += items.length;
    suspects.push(...drifts.map(({ objectId }) => objectId));
    showProgress(`${counted(compared, "object")} compared, ${suspects.length} differ ...`);
  }
  // The events of some were on their way at the first look.
  const again = await getItems(
    env("STRIPE_OBJECTS_TABLE"),
    suspects.map((objectId) => ({ objectId })),
  );
  const drifts = await findDrift(again, readNow);
  showProgress("");
  if (drifts.length > 0) console.log(`${textTable([HEADINGS, ...drifts.map(rowOf)])}\n`);
  const left = command.mend ? await mendAll(drifts) : drifts.length;
  const mended = command.mend && drifts.length > 0 ? `, ${drifts.length - left} mended` : "";
  console.log(`${counted(compared, "object")} compared: ${drifts.length} not as Stripe says${mended}.`);
  return left === 0;
}

async function* objects({ objectId, limit }: DriftCommand): AsyncGenerator<Item[]> {
  const table = env("STRIPE_OBJECTS_TABLE");
  if (objectId !== undefined) {
    const item = await getItem(table, { objectId });
    if (item === undefined) throw new Problem("NOT_FOUND", `Nothing is recorded of ${objectId}`);
    yield [item];
    return;
  }
  let after: Item | undefined;
  let read = 0;
  do {
    const { items, next } = await scanPage(table, { after, limit: Math.min(SLICE, limit - read) });
    yield items;
    read += items.length;
    after = next;
  } while (after !== undefined && read < limit);
  if (after !== undefined) console.log(`The first ${read} objects only; --limit compares more.`);
}

/** How many could not be mended. */
async function mendAll(drifts: readonly Drift[]): Promise<number> {
  let left = 0;
  for (const drift of drifts) {
    if (await mend(drift, new Date())) continue;
    left += 1;
    const why = drift.found === undefined ? "Stripe does not have it" : "its record has changed since";
    console.log(`${drift.objectId} was not mended: ${why}.`);
  }
  return left;
}

function rowOf({ objectId, objectType, recordedStatus, stripeStatus, fields }: Drift): string[] {
  return [objectId, objectType, recordedStatus, stripeStatus, fields.join(" ")];
}
