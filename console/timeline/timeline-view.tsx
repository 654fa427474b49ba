/** The start page: what happened, newest first, and what happens now. */
import { useSignal } from "@preact/signals";
import { useEffect } from "preact/hooks";
import type { Entry } from "../../scripts/console/journal/entry.ts";
import type { TimelinePage } from "../../scripts/console/timeline/routes.ts";
import { NeedsAttention } from "../attention/needs-attention.tsx";
import { Problem } from "../parts/problem.tsx";
import { query } from "../router.ts";
import { useLoaded } from "../server.ts";
import { EntryRow } from "./entry-row.tsx";

/** More rows than that are on the next page. */
const MOST_LIVE = 200;

export function TimelineView() {
  const search = query.value.toString();
  const { value, problem } = useLoaded<TimelinePage>(`timeline?${search}`);
  const live = useLive(search);
  const entries = merged(live, value?.entries ?? []);
  return (
    <>
      <h1>Time line</h1>
      <NeedsAttention />
      <Problem of={problem} />
      {value !== undefined && entries.length === 0 && (
        <p class="empty">Nothing has happened yet. Call the API, and it shows here at once.</p>
      )}
      <ol class="entries">
        {entries.map((entry) => (
          <EntryRow key={entry.id} entry={entry} />
        ))}
      </ol>
    </>
  );
}

/** What has happened since the view was opened, newest first. */
function useLive(search: string): readonly Entry[] {
  const entries = useSignal<readonly Entry[]>([]);
  useEffect(() => {
    entries.value = [];
    const source = new EventSource(`/console/api/stream?${search}`);
    source.onmessage = ({ data }) => {
      const added: readonly Entry[] = JSON.parse(data);
      entries.value = [...added.toReversed(), ...entries.value].slice(0, MOST_LIVE);
    };
    return () => source.close();
  }, [search]);
  return entries.value;
}

function merged(live: readonly Entry[], read: readonly Entry[]): readonly Entry[] {
  const known = new Set(live.map(({ id }) => id));
  return [...live, ...read.filter(({ id }) => !known.has(id))].sort((a, b) => b.at - a.at);
}
