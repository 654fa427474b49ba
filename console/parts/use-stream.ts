/** Calls back when something of these kinds happens: at most once in two seconds, as each call reads a list again. */
import { useEffect, useRef } from "preact/hooks";
import type { EntryKind } from "../../scripts/console/journal/entry.ts";

const PAUSE_MS = 2_000;

export function useStream(kinds: readonly EntryKind[], onEvent: () => void): void {
  const latest = useRef(onEvent);
  latest.current = onEvent;
  const search = kinds.map((kind) => `kind=${kind}`).join("&");
  useEffect(() => {
    let timer: ReturnType<typeof setTimeout> | undefined;
    const source = new EventSource(`/console/api/stream?${search}`);
    source.onmessage = () => {
      timer ??= setTimeout(() => {
        timer = undefined;
        latest.current();
      }, PAUSE_MS);
    };
    return () => {
      source.close();
      clearTimeout(timer);
    };
  }, [search]);
}
