/** The time line: pages of the journal, and what it has in all. What is new comes as server-sent events: server/stream.ts. */
import { present } from "../../../lib/present.ts";
import { ENTRY_KINDS, OUTCOMES } from "../journal/entry.ts";
import type { Place } from "../journal/journal.ts";
import type { Route } from "../server/route.ts";
import { filterOf, placeOf } from "./filter.ts";
import { type ShownEntry, shown } from "./shown-entry.ts";
import { type Counts, countsOf } from "./summary.ts";

const PAGE = 50;

export interface TimelinePage {
  /** Newest first. */
  readonly entries: readonly ShownEntry[];
  /** Where the next page goes on; left out on the last one. */
  readonly next?: Place;
  /** From where the stream goes on. */
  readonly mark: string;
}

export interface TimelineSummary extends Counts {
  /** Of everything that the journal has. */
  readonly size: number;
  /** Whether the log is still being read, so that there will be more. */
  readonly isReading: boolean;
  /** Why the log cannot be read now; left out if it can. */
  readonly trouble?: string;
  /** All that a filter can name. */
  readonly allKinds: readonly string[];
  readonly allOutcomes: readonly string[];
}

export const timelineRoutes: readonly Route[] = [
  {
    method: "GET",
    path: "/console/api/timeline",
    respond: ({ query }, { journal }): TimelinePage => {
      const before = placeOf(query.get("before"));
      const { mark } = journal;
      const filter = { ...filterOf(query), limit: PAGE, ...(before === undefined ? {} : { before }) };
      const { entries, ...next } = journal.page(filter);
      return { entries: entries.map((entry) => shown(entry, journal)), ...next, mark };
    },
  },
  {
    method: "GET",
    path: "/console/api/timeline/summary",
    respond: ({ query }, { journal }): TimelineSummary => {
      const filter = filterOf(query);
      return {
        ...countsOf(journal.within(filter), filter),
        size: journal.size,
        isReading: journal.isReading,
        ...present({ trouble: journal.trouble }),
        allKinds: ENTRY_KINDS,
        allOutcomes: OUTCOMES,
      };
    },
  },
];
