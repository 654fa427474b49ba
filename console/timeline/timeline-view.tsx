/** The start page: what happened, newest first, and what happens now. */
import { useSignal } from "@preact/signals";
import { useEffect, useRef } from "preact/hooks";
import type { TimelineSummary } from "../../scripts/console/timeline/routes.ts";
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
  const { value: summary, problem: unread } = useSummary(search, line);
  useKeys({ p: () => (isPaused.value = !isPaused.value) });
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
        {shown?.map((entry, index) => (
          <EntryRow
            key={entry.id}
            entry={entry}
            isJoined={isJoined(entry, shown[index - 1])}
            bond={bondBetween(entry, opened)}
            isOpen={entry === opened}
            onOpen={() => {
              openId.value = entry === opened ? undefined : entry.id;
            }}
          />
        ))}
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

/** The counts, counted again some time after something has come. */
function useSummary(search: string, { arrived }: Line) {
  const loaded = useLoaded<TimelineSummary>(`timeline/summary?${search}`);
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
