/** An entry as the time line shows it: with its amount as people write it, and with what it belongs to. Pure. */

import { formatMoney } from "../../../lib/money/format-money.ts";
import { present } from "../../../lib/present.ts";
import type { Entry } from "../journal/entry.ts";
import type { Journal } from "../journal/journal.ts";
import { inOrder, placesBefore } from "../journal/order.ts";

export interface ShownEntry extends Entry {
  /** The id of the run, the event or the request that it is a part of; entries with the same one belong together. */
  readonly group?: string;
  /** Such as "$42.00". */
  readonly money?: string;
}

const REQUEST = /^[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}$/;
/** A call's time is that of its end, and the clocks of two processes are read. */
const LATE_MS = 50;
/** Calls about the same customer at the same time, in a storm. */
const MOST_CALLS = 200;

export function shown(entry: Entry, journal: Journal): ShownEntry {
  const { amount, currency } = entry;
  return {
    ...entry,
    ...present({
      group: groupOf(entry.kind === "stripe" ? (callOf(entry, journal) ?? entry) : entry),
      money: amount === undefined || currency === undefined ? undefined : moneyOf(amount, currency),
    }),
  };
}

/** The requests to Stripe that the call has made: they are recorded before it, when nobody knows yet whose they are. */
export function requestsOf(call: Entry, journal: Journal): Entry[] {
  if (call.kind === "stripe" || call.durationMs === undefined) return [];
  const from = call.at - call.durationMs - LATE_MS;
  const found = new Set<Entry>();
  for (const id of call.ids) {
    const list = journal.about(id);
    for (let index = placesBefore(list, { at: from, id: "" }); index < list.length; index++) {
      const entry = list[index];
      if (entry === undefined || entry.at > call.at + LATE_MS) break;
      if (entry.kind === "stripe" && callOf(entry, journal) === call) found.add(entry);
    }
  }
  return [...found].sort(inOrder);
}

function groupOf({ ids, kind }: Entry): string | undefined {
  const run = ids.find((id) => id.startsWith("run-"));
  const event = ids.find((id) => id.startsWith("evt_"));
  if (run !== undefined || kind === "event") return run ?? event;
  return ids.find((id) => REQUEST.test(id)) ?? event;
}

/** The call that made the request: the one that names it, or the shortest that ran at its time about one of its objects. */
function callOf(request: Entry, journal: Journal): Entry | undefined {
  const named = request.ids
    .filter((id) => id.startsWith("req_"))
    .flatMap((id) => journal.about(id))
    .find(({ kind, durationMs }) => kind !== "stripe" && durationMs !== undefined);
  if (named !== undefined) return named;
  let shortest: Entry | undefined;
  for (const id of request.ids) {
    const list = journal.about(id);
    const first = placesBefore(list, { at: request.at - LATE_MS, id: "" });
    for (const call of list.slice(first, first + MOST_CALLS)) {
      const { kind, durationMs } = call;
      if (kind === "stripe" || durationMs === undefined) continue;
      if (call.at - durationMs - LATE_MS > request.at) continue;
      if (durationMs < (shortest?.durationMs ?? Number.POSITIVE_INFINITY)) shortest = call;
    }
  }
  return shortest;
}

/** Making a formatter takes longer than everything else about an entry. */
const formatted = new Map<string, string>();
const MOST_FORMATTED = 5_000;

function moneyOf(amount: number, currency: string): string {
  const key = `${amount} ${currency}`;
  const known = formatted.get(key);
  if (known !== undefined) return known;
  if (formatted.size >= MOST_FORMATTED) formatted.clear();
  const text = format(amount, currency) ?? key;
  formatted.set(key, text);
  return text;
}

/** Undefined if it is not the name of a currency: it came from a log line. */
function format(amount: number, currency: string): string | undefined {
  try {
    return formatMoney({ amount, currency });
  } catch {
    return undefined;
  }
}
