/**
 * One owner at a time: nobody takes an item whose lease has not ended by its own clock, and only the owner writes it. An owner is the caller that wrote the
 * item's `owner` last.
 */
import type { Item } from "../services/dynamodb/evaluate.ts";
import type { World } from "../world/world.ts";
import { about, type Finding } from "./finding.ts";

const wrong = about("one owner at a time");

const LEASED = new Set([
  "IdempotencyKeysTable",
  "StripeEventsTable",
  "CustomersTable",
  "SubscriptionClaimsTable",
  "RepairProgressTable",
]);
const ownerOf = (item: Item | undefined) => item?.owner?.S;
const leaseOf = (item: Item | undefined) => Number(item?.leaseUntil?.N ?? 0);

export function leaseFindings({ dynamodb }: World): Finding[] {
  const takers = new Map<string, string>();
  return dynamodb.writes.flatMap(({ table, key, before, after, clock, by }) => {
    if (!LEASED.has(table)) return [];
    const id = `${table} ${key}`;
    const taker = takers.get(id);
    const isTaken = ownerOf(after) !== undefined && ownerOf(after) !== ownerOf(before);
    if (isTaken) takers.set(id, by);
    if (ownerOf(before) === undefined || taker === undefined || leaseOf(before) === 0) return [];
    if (isTaken || ownerOf(after) !== ownerOf(before))
      return taker !== by && leaseOf(before) > clock
        ? [wrong(`${by} took ${id} from ${taker}, whose lease had not ended`)]
        : [];
    return taker === by ? [] : [wrong(`${by} wrote ${id}, which ${taker} has taken`)];
  });
}
