/** Calls back when events happen: at most once in two seconds, as each call reads a list again. */
import { useEffect, useRef } from "preact/hooks";

const PAUSE_MS = 2_000;

export function useStream(onEvent: () => void): void {
  const latest = useRef(onEvent);
  latest.current = onEvent;
  useEffect(() => {
    let timer: ReturnType<typeof setTimeout> | undefined;
    const source = new EventSource("/console/api/stream?kind=event");
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
  }, []);
}
