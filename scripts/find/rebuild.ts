/**
 * Makes the index of the application's ids again, from the records: of those from before the index, after a rotation of
 * APP_SECRET, and without what no longer holds. Safe to repeat, and while events are applied.
 */
import { writeUnlessChanged } from "../../lib/aws/change-item.ts";
import { deleteItem, getItem, type Item, scanPage } from "../../lib/aws/dynamodb.ts";
import { env } from "../../lib/env.ts";
import { recordedIn } from "../../lib/events/recorded.ts";
import {
  isReferenceItem,
  objectOfReference,
  referenceKey,
  referencesOf,
  writeReferences,
} from "../../lib/events/references.ts";
import { appSecrets } from "../../lib/secrets/secrets.ts";

/** A younger reference can be that of a record which is about to be written. */
const LEAST_AGE_MS = 60 * 60 * 1000;

export interface Rebuilt {
  readonly records: number;
  /** Records whose references were not there, or not all of them. */
  readonly written: number;
  /** References to objects that no longer have the value. */
  readonly removed: number;
}

export interface RebuildOptions {
  readonly now: Date;
  /** Called after each page of the table. */
  readonly onProgress?: (records: number) => void;
}

/** Reads the whole table once. Throws SERVICE_UNAVAILABLE. */
export async function rebuildReferences({ now, onProgress }: RebuildOptions): Promise<Rebuilt> {
  const count = { records: 0, written: 0, removed: 0 };
  let after: Item | undefined;
  do {
    const page = await scanPage(env("STRIPE_OBJECTS_TABLE"), { after });
    for (const item of page.items) {
      if (isReferenceItem(item)) count.removed += (await removeOutdated(item, now)) ? 1 : 0;
      else {
        count.records += 1;
        count.written += (await complete(item, now)) ? 1 : 0;
      }
    }
    onProgress?.(count.records);
    after = page.next;
  } while (after !== undefined);
  return count;
}

/** An event that changes the record meanwhile writes the references itself. */
async function complete(item: Item, now: Date): Promise<boolean> {
  const { state, isComplete } = await recordedIn(item);
  const objectId = String(item.objectId);
  // Without its metadata, the references that it has would be forgotten.
  if (!isComplete) return false;
  const references = await writeReferences(objectId, state, item.references, now);
  if (references === item.references) return false;
  const { version: _version, references: _mark, ...kept } = item;
  const mark = references === undefined ? {} : { references };
  return writeUnlessChanged(env("STRIPE_OBJECTS_TABLE"), { objectId }, { ...kept, ...mark }, item);
}

async function removeOutdated(reference: Item, now: Date): Promise<boolean> {
  const { objectId, stateOf, writtenAt } = reference;
  if (Date.parse(String(writtenAt)) > now.getTime() - LEAST_AGE_MS) return false;
  const item = await getItem(env("STRIPE_OBJECTS_TABLE"), { objectId: objectOfReference(reference) || "-" });
  const recorded = item && (await recordedIn(item));
  if (recorded?.isComplete === false) return false;
  const values = recorded === undefined ? [] : referencesOf(recorded.state);
  const keys = (await appSecrets()).flatMap((secret) => values.map((value) => referenceKey(value, secret)));
  if (keys.some((key) => key === stateOf)) return false;
  return deleteItem(
    env("STRIPE_OBJECTS_TABLE"),
    { objectId },
    { expression: "writtenAt = :writtenAt", values: { ":writtenAt": writtenAt } },
  );
}
