/** The time line: pages of the journal, and what it has in all. What is new comes as server-sent events: server/stream.ts. */
import { ENTRY_KINDS, OUTCOMES } from "../journal/entry.ts";
import type { EntryPage } from "../journal/journal.ts";
import type { Route } from "../server/route.ts";
import { filterOf, placeOf } from "./filter.ts";
import { type Counts, countsOf } from "./summary.ts";

const PAGE = 100;

export interface TimelinePage extends EntryPage {
  /** From where the stream goes on. */
  readonly mark: string;
}

export interface TimelineSummary extends Counts {
  /** Of everything that the journal has. */
  readonly size: number;
  /** Whether the log is still being read, so that there will be more. */
  readonly isReading: boolean;
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
      return { ...journal.page(filter), mark };
    },
  },
  {
    method: "GET",
    path: "/console/api/timeline/summary",
    respond: ({ query }, { journal }): TimelineSummary => {
      const { kinds: _kinds, outcomes: _outcomes, principal: _principal, ...narrow } = filterOf(query);
      return {
        ...countsOf(journal.matching({ ...narrow, routine: true }), filterOf(query)),
        size: journal.size,
        isReading: journal.isReading,
        allKinds: ENTRY_KINDS,
        allOutcomes: OUTCOMES,
      };
    },
  },
];
