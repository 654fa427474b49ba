/**
 * Completes entries with the endings that only their writers' heads contain: a head is stored together with the ending, so the
 * last ending of a writer may have reached its head alone, or somebody has removed it from its entry.
 */
import type { Item } from "../aws/dynamodb.ts";
import { textOf } from "../untrusted.ts";
import type { AuditItems } from "./audit-items.ts";
import type { AuditKey } from "./audit-key.ts";
import { type ChainHead, completedBy, readChainHead } from "./chain-items.ts";
import { headPartition } from "./stored-entry.ts";

/** The entries in their order, as they are stored and, if they have no ending, completed. */
export async function withHeldEndings(
  entries: readonly Item[],
  { keys, stored }: { readonly keys: ReadonlyMap<string, AuditKey>; readonly stored: AuditItems },
): Promise<Item[]> {
  const unended = entries.filter(({ ending, endDigest }) => ending === undefined && endDigest === undefined);
  if (unended.length === 0) return [...entries];
  const places = new Map(unended.flatMap(headPlace).map((place) => [keyOf(place), place]));
  const heads = new Map<string, ChainHead>();
  for (const item of await stored.get([...places.values()])) {
    const read = readChainHead(item, keys);
    if (read.ok) heads.set(keyOf(item), read.head);
  }
  const headOf = (entry: Item) =>
    headPlace(entry)
      .map(keyOf)
      .map((key) => heads.get(key))[0];
  // Its ending was stored after the entry was read, and has left the head since.
  const outdated = unended.filter((entry) => isEnded(headOf(entry), Number(entry.sequence)));
  const again = await stored.get(outdated.map(({ partition, sort }) => ({ partition, sort })));
  const newer = new Map(again.map((entry) => [keyOf(entry), entry]));
  return entries.map((entry) => completedBy(headOf(entry), newer.get(keyOf(entry)) ?? entry));
}

const keyOf = ({ partition, sort }: Item): string => JSON.stringify([partition, sort]);

/** Where the head of the entry's writer is; none for an item that is not an entry. */
function headPlace({ partition, writer }: Item): Item[] {
  const [, day] = /^day#(\d{4}-\d\d-\d\d)#/.exec(textOf(partition) ?? "") ?? [];
  const isKey = typeof writer === "string" && writer !== "";
  return day === undefined || !isKey ? [] : [{ partition: headPartition(day), sort: writer }];
}

function isEnded(head: ChainHead | undefined, sequence: number): boolean {
  if (head === undefined || head.held.has(sequence)) return false;
  return head.sequence > sequence || head.closed.some((ending) => ending.sequence === sequence);
}
