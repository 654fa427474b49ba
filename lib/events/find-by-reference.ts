/** Finds recorded objects by what the application calls them: follows the index of references.ts. */
import { getItems, type Item, queryItems } from "../aws/dynamodb.ts";
import { env } from "../env.ts";
import { present } from "../present.ts";
import { appSecrets } from "../secrets/secrets.ts";
import { type Recorded, recordedIn } from "./recorded.ts";
import { comparableValue, objectOfReference, referenceKey, referencesOf } from "./references.ts";

/** Of one value. Whoever has more objects under one value looks for the customer instead. */
const MOST_FOLLOWED = 2_000;

export interface FoundObject {
  readonly objectId: string;
  readonly recorded: Recorded;
  readonly item: Item;
}

export interface FoundObjects {
  /** The one that changed last comes first. */
  readonly objects: readonly FoundObject[];
  /** True if there are more references than were followed. */
  readonly hasMore: boolean;
}

/**
 * The objects that have the value now. The index can be some milliseconds behind. Looks under every known secret, because a
 * reference from before a rotation stays where it is until its record changes. Throws SERVICE_UNAVAILABLE.
 */
export async function findByReference(value: string): Promise<FoundObjects> {
  const ids = new Set<string>();
  let hasMore = false;
  for (const secret of await appSecrets()) {
    const followed = await idsUnder(referenceKey(value, secret));
    for (const id of followed.ids) ids.add(id);
    hasMore ||= followed.hasMore;
  }
  const items = await getItems(
    env("STRIPE_OBJECTS_TABLE"),
    [...ids].map((objectId) => ({ objectId })),
  );
  const found = await Promise.all(
    items.map(async (item) => ({
      objectId: String(item.objectId),
      recorded: await recordedIn(item),
      item,
    })),
  );
  const wanted = comparableValue(value);
  return {
    // What no secret opens cannot be compared. The reference was made with a secret of ours.
    objects: found
      .filter(({ recorded: { state, isComplete } }) => !isComplete || referencesOf(state).includes(wanted))
      .sort((a, b) => String(b.item.recordedAt).localeCompare(String(a.item.recordedAt))),
    hasMore,
  };
}

async function idsUnder(
  key: string,
): Promise<{ readonly ids: readonly string[]; readonly hasMore: boolean }> {
  const ids: string[] = [];
  for (let after: Item | undefined; ; ) {
    const page = await queryItems(env("STRIPE_OBJECTS_TABLE"), {
      index: "by-customer",
      key: { expression: "stateOf = :key", values: { ":key": key } },
      ...present({ after }),
    });
    ids.push(...page.items.map(objectOfReference));
    if (page.next === undefined)
      return { ids: ids.slice(0, MOST_FOLLOWED), hasMore: ids.length > MOST_FOLLOWED };
    if (ids.length >= MOST_FOLLOWED) return { ids: ids.slice(0, MOST_FOLLOWED), hasMore: true };
    after = page.next;
  }
}
