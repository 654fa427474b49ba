/** Whether the time line is live, what waits to be shown, and a button that holds it still. */
import { type Signal, useSignal } from "@preact/signals";
import { useEffect, useRef } from "preact/hooks";
import type { Connection, Line } from "./line.ts";

const WORDS: Readonly<Record<Connection, string>> = {
  connecting: "○ Connecting",
  live: "● Live",
  lost: "✕ Connection lost; trying again",
};
/** Often enough to know, and seldom enough to listen to. */
const SAY_EVERY_MS = 5_000;

interface LiveBarProps {
  readonly line: Line;
  readonly isPaused: Signal<boolean>;
}

export function LiveBar({ line, isPaused }: LiveBarProps) {
  const { connection, waiting } = line;
  const count = Number.isFinite(waiting.value) ? `${waiting.value} new` : "New entries";
  const showNew = () => {
    line.showNew();
    scrollTo(0, 0);
  };
  return (
    <div class="live-bar">
      <span class={`connection ${connection.value}`} role="status">
        {isPaused.value && connection.value === "live" ? "‖ Paused" : WORDS[connection.value]}
      </span>
      <button type="button" aria-pressed={isPaused.value} onClick={() => (isPaused.value = !isPaused.value)}>
        Pause
      </button>
      {waiting.value > 0 && (
        <button type="button" class="primary news" onClick={showNew}>
          ↑ {count}
        </button>
      )}
      <span class="quiet keys">
        <kbd>j</kbd> <kbd>k</kbd> move, <kbd>Enter</kbd> opens, <kbd>p</kbd> pauses
      </span>
      <Said text={waiting.value > 0 ? `${count} above` : ""} />
    </div>
  );
}

/** For those who listen: the text as it is every few seconds. */
function Said({ text }: { readonly text: string }) {
  const said = useSignal("");
  const latest = useRef(text);
  latest.current = text;
  useEffect(() => {
    const timer = setInterval(() => {
      said.value = latest.current;
    }, SAY_EVERY_MS);
    return () => clearInterval(timer);
  }, []);
  return (
    <span class="unseen" aria-live="polite">
      {said.value}
    </span>
  );
}
