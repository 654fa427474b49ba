/** What the server has at a path, read again while it changes. */
import { useEffect } from "preact/hooks";
import { type Loaded, useLoaded } from "../server.ts";

/** The value says after how long it is read again; not at all if it does not. A hidden page waits until it is seen. */
export function usePolled<Shape extends { readonly readAgainMs?: number }>(path: string): Loaded<Shape> {
  const loaded = useLoaded<Shape>(path);
  const { value, problem, reload } = loaded;
  useEffect(() => {
    const delay = problem === undefined ? value?.readAgainMs : 3_000;
    if (delay === undefined) return undefined;
    const timer = setTimeout(() => {
      if (!document.hidden) reload();
    }, delay);
    const onSeen = () => {
      if (!document.hidden) reload();
    };
    document.addEventListener("visibilitychange", onSeen);
    return () => {
      clearTimeout(timer);
      document.removeEventListener("visibilitychange", onSeen);
    };
  }, [value, problem]);
  return loaded;
}
