/** How an object got to its state: the events of the inbox about it. */
import type { Item } from "../../../lib/aws/dynamodb.ts";
import { present } from "../../../lib/present.ts";
import { singleWord } from "../../../lib/scrub.ts";
import { textOf } from "../../../lib/untrusted.ts";
import { itemsOf } from "../../events/inbox-entries.ts";

export interface HistoryRow {
  readonly eventId: string;
  readonly type: string;
  /** By Stripe's clock: UTC, ISO 8601. */
  readonly created: string;
  /** `done`, `processing`, `queued` or `ignored`. */
  readonly state: string;
  readonly appliedAt?: string;
  /** Why it was ignored, or that it changed nothing. */
  readonly note?: string;
}

/** The newest ones; a subscription can live for years. */
const MOST = 100;

/** Newest first. Of events that are older than 90 days, only the record says their types. */
export async function historyOf(objectId: string): Promise<readonly HistoryRow[]> {
  const rows: HistoryRow[] = [];
  for await (const items of itemsOf(objectId)) {
    rows.push(...items.map(rowOf));
    if (rows.length >= MOST) break;
  }
  return rows
    .sort(
      (a, b) => b.created.localeCompare(a.created) || (b.appliedAt ?? "").localeCompare(a.appliedAt ?? ""),
    )
    .slice(0, MOST);
}

function rowOf(item: Item): HistoryRow {
  const reason = textOf(item.reason);
  return {
    eventId: String(item.eventId),
    type: singleWord(String(item.type)),
    created: new Date(Number(item.created) * 1000).toISOString(),
    state: String(item.state),
    ...present({
      appliedAt: textOf(item.appliedAt),
      note:
        reason !== undefined
          ? singleWord(reason)
          : item.stale === true
            ? "stale: the record was newer already"
            : undefined,
    }),
  };
}
