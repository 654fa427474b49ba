/** The start page: what happened, newest first, and what happens now. */
import { type Signal, useSignal } from "@preact/signals";
import type { VNode } from "preact";
import { useEffect, useMemo, useRef } from "preact/hooks";
import type { TimelineSummary } from "../../scripts/console/timeline/routes.ts";
import type { ShownEntry } from "../../scripts/console/timeline/shown-entry.ts";
import { NeedsAttention } from "../attention/needs-attention.tsx";

import { Problem } from "../parts/problem.tsx";
import { query } from "../router.ts";
import { useLoaded } from "../server.ts";
import { bondBetween, isJoined } from "./bonds.ts";
import { Chart } from "./chart.tsx";
import { EntryRow } from "./entry-row.tsx";
import { Filters } from "./filters.tsx";
import { useKeys } from "./keys.ts";
import { type Line, useLine } from "./line.ts";
import { LiveBar } from "./live-bar.tsx";
import "./timeline.css";

const COUNT_EVERY_MS = 2_000;
/** Somebody who has scrolled further reads. */
const TOP_PX = 60;

export function TimelineView() {
  const search = query.value.toString();
  const isPaused = useSignal(false);
  const openId = useSignal<string | undefined>(undefined);
  const line = useLine(search, () => isPaused.value || openId.value !== undefined || scrollY > TOP_PX);
  const { entries, hasOlder, problem } = line;
  const { value: summary, problem: unread } = useSummary(line);
  useEffect(() => {
    openId.value = undefined;
  }, [search]);
  useKeys({ p: () => (isPaused.value = !isPaused.value) });
  const row = useRows(openId);
  const shown = entries.value;
  const opened = shown?.find(({ id }) => id === openId.value);
  return (
    <>
      <h1>Time line</h1>
      <NeedsAttention />
      <Problem of={problem.value ?? unread} />
      {summary?.trouble !== undefined && <p class="problem">{summary.trouble}</p>}
      {summary !== undefined && (
        <>
          <Filters summary={summary} />
          <Chart summary={summary} />
        </>
      )}
      <LiveBar line={line} isPaused={isPaused} />
      {shown?.length === 0 && <Nothing isFiltered={search !== ""} summary={summary} />}
      <ol class="entries" aria-label="What happened, newest first">
        {shown?.map((entry, index) =>
          row(entry, isJoined(entry, shown[index - 1]), bondBetween(entry, opened), entry === opened),
        )}
      </ol>
      {hasOlder.value && (
        <button type="button" class="older" onClick={line.showOlder}>
          Show older
        </button>
      )}
    </>
  );
}

function Nothing({
  isFiltered,
  summary,
}: {
  readonly isFiltered: boolean;
  readonly summary: TimelineSummary | undefined;
}) {
  if (summary?.isReading) return <p class="empty">The log is being read.</p>;
  return (
    <p class="empty">
      {isFiltered
        ? "Nothing matches these filters."
        : "Nothing has happened yet. Call the API, and it shows here at once."}
    </p>
  );
}

/** Rows as they were made before, if nothing of them has changed: Preact passes over the same ones. */
function useRows(openId: Signal<string | undefined>) {
  return useMemo(() => {
    const made = new WeakMap<ShownEntry, { readonly state: string; readonly row: VNode }>();
    return (entry: ShownEntry, joined: boolean, bond: string | undefined, isOpen: boolean) => {
      const state = `${joined} ${isOpen} ${bond}`;
      const known = made.get(entry);
      if (known?.state === state) return known.row;
      const onOpen = () => {
        openId.value = isOpen ? undefined : entry.id;
      };
      const row = <EntryRow key={entry.id} isJoined={joined} {...{ entry, bond, isOpen, onOpen }} />;
      made.set(entry, { state, row });
      return row;
    };
  }, []);
}

/** The counts: after the entries, for which one waits, and again some time after something has come. */
function useSummary({ arrived, shownSearch }: Line) {
  const loaded = useLoaded<TimelineSummary>(`timeline/summary?${shownSearch.value}`);
  const timer = useRef<ReturnType<typeof setTimeout> | undefined>(undefined);
  const isReading = loaded.value?.isReading;
  useEffect(() => {
    if (arrived.value === 0 && isReading !== true) return;
    timer.current ??= setTimeout(() => {
      timer.current = undefined;
      loaded.reload();
    }, COUNT_EVERY_MS);
  }, [arrived.value, isReading, loaded.value]);
  useEffect(() => () => clearTimeout(timer.current), []);
  return loaded;
}
