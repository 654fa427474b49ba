/** The entries that the time line shows: a page that was read, older ones on request, and what happens now. */
import { batch, type ReadonlySignal, type Signal, useComputed, useSignal } from "@preact/signals";
import { useLayoutEffect, useMemo } from "preact/hooks";
import type { TimelinePage } from "../../scripts/console/timeline/routes.ts";
import type { ShownEntry } from "../../scripts/console/timeline/shown-entry.ts";
import { read, ServerProblem } from "../server.ts";

/** `lost`: the server does not respond, and the browser tries again. */
export type Connection = "connecting" | "live" | "lost";

export interface Line {
  /** Newest first; undefined until the first page is there. */
  readonly entries: Signal<readonly ShownEntry[] | undefined>;
  readonly hasOlder: ReadonlySignal<boolean>;
  /** How many new entries wait to be shown; Infinity if the page has to be read again for them. */
  readonly waiting: ReadonlySignal<number>;
  readonly connection: Signal<Connection>;
  readonly problem: Signal<ServerProblem | undefined>;
  /** The filter of the entries that are shown: another one can have been asked for. */
  readonly shownSearch: Signal<string>;
  /** Counts what has come, for whoever counts entries. */
  readonly arrived: Signal<number>;
  readonly showOlder: () => Promise<void>;
  readonly showNew: () => void;
}

/** While new entries come in by themselves, older ones beyond that go to the next page. */
const MOST_LIVE = 200;
const TRY_AGAIN_MS = 2_000;

/** `isHeld`: whether what one reads must not move now. */
export function useLine(search: string, isHeld: () => boolean): Line {
  const entries = useSignal<readonly ShownEntry[] | undefined>(undefined);
  const news = useSignal<readonly ShownEntry[]>([]);
  const isOutdated = useSignal(false);
  const next = useSignal<TimelinePage["next"]>(undefined);
  const connection = useSignal<Connection>("connecting");
  const problem = useSignal<ServerProblem | undefined>(undefined);
  const arrived = useSignal(0);
  const shownSearch = useSignal(search);
  const turn = useSignal(0);

  const showNew = () => {
    if (isOutdated.value) {
      turn.value++;
      return;
    }
    const shown = merged(entries.value ?? [], news.value);
    const kept = shown.slice(0, Math.max(MOST_LIVE, entries.value?.length ?? 0));
    const last = kept.at(-1);
    batch(() => {
      if (kept.length < shown.length && last !== undefined) next.value = { at: last.at, id: last.id };
      entries.value = kept;
      news.value = [];
    });
  };
  const take = (added: readonly ShownEntry[]) => {
    const known = new Set(entries.value?.map(({ id }) => id));
    arrived.value += added.length;
    // An entry that is shown already only gets better.
    const changed = added.filter(({ id }) => known.has(id));
    if (changed.length > 0) entries.value = merged(entries.value ?? [], changed);
    news.value = merged(
      news.value,
      added.filter(({ id }) => !known.has(id)),
    );
    if (news.value.length > 0 && !isHeld()) showNew();
  };

  // Not after the next picture: one waits for it.
  useLayoutEffect(() => {
    let isCurrent = true;
    let source: EventSource | undefined;
    let timer: ReturnType<typeof setTimeout> | undefined;
    let mark = "";
    const follow = () => {
      source = new EventSource(`/console/api/stream?${search}&after=${encodeURIComponent(mark)}`);
      source.onopen = () => (connection.value = "live");
      source.onmessage = ({ data, lastEventId }) => {
        mark = lastEventId;
        take(JSON.parse(data));
      };
      source.addEventListener("reload", ({ lastEventId }) => {
        mark = lastEventId;
        arrived.value++;
        isOutdated.value = true;
        if (!isHeld()) turn.value++;
      });
      source.onerror = () => {
        connection.value = "lost";
        // The browser tries again by itself, unless the server responded with something else.
        if (source?.readyState === EventSource.CLOSED) timer = setTimeout(follow, TRY_AGAIN_MS);
      };
    };
    read<TimelinePage>(`timeline?${search}`).then(
      (page) => {
        if (!isCurrent) return;
        batch(() => {
          entries.value = page.entries;
          shownSearch.value = search;
          next.value = page.next;
          news.value = [];
          isOutdated.value = false;
          problem.value = undefined;
        });
        ({ mark } = page);
        follow();
      },
      (thrown) => {
        if (!isCurrent) return;
        problem.value =
          thrown instanceof ServerProblem ? thrown : new ServerProblem("INTERNAL", String(thrown));
        connection.value = "lost";
        if (problem.value.code === "SERVICE_UNAVAILABLE")
          timer = setTimeout(() => turn.value++, TRY_AGAIN_MS);
      },
    );
    return () => {
      isCurrent = false;
      source?.close();
      clearTimeout(timer);
    };
  }, [search, turn.value]);

  const hasOlder = useComputed(() => next.value !== undefined);
  const waiting = useComputed(() => (isOutdated.value ? Number.POSITIVE_INFINITY : news.value.length));
  const showOlder = async () => {
    const place = next.value;
    if (place === undefined) return;
    try {
      const before = encodeURIComponent(`${place.at},${place.id}`);
      const page = await read<TimelinePage>(`timeline?${search}&before=${before}`);
      // Another filter was chosen, or the end moved, while it was read.
      if (next.value !== place) return;
      batch(() => {
        entries.value = merged(entries.value ?? [], page.entries);
        next.value = page.next;
        problem.value = undefined;
      });
    } catch (thrown) {
      if (thrown instanceof ServerProblem) problem.value = thrown;
    }
  };
  return useMemo(
    () => ({ entries, hasOlder, waiting, connection, problem, shownSearch, arrived, showOlder, showNew }),
    [search],
  );
}

/** Newest first, ties by id, as the server orders them; of two with one id, the second. */
function merged(shown: readonly ShownEntry[], added: readonly ShownEntry[]): readonly ShownEntry[] {
  const byId = new Map([...shown, ...added].map((entry) => [entry.id, entry]));
  return [...byId.values()].sort((a, b) => b.at - a.at || (a.id < b.id ? 1 : -1));
}
