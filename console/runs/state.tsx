/** The state of a run or of one of its steps: by a sign and a word, not by colour alone. */
import type { StepShown } from "../../scripts/console/runs/step-view.ts";

interface Shown {
  readonly sign: string;
  readonly word: string;
  /** A colour of the style. */
  readonly tone: "good" | "bad" | "wait" | "quiet" | "link";
}

const STEPS: Readonly<Record<StepShown, Shown>> = {
  pending: { sign: "○", word: "not yet", tone: "quiet" },
  running: { sign: "▶", word: "running", tone: "link" },
  waiting: { sign: "…", word: "waits", tone: "wait" },
  retrying: { sign: "↻", word: "waits to retry", tone: "wait" },
  completed: { sign: "✓", word: "ran", tone: "good" },
  failed: { sign: "✕", word: "failed", tone: "bad" },
  skipped: { sign: "–", word: "skipped", tone: "quiet" },
  cancelled: { sign: "■", word: "cancelled", tone: "quiet" },
};

const RUNS: Readonly<Record<string, Shown>> = {
  running: { sign: "▶", word: "running", tone: "link" },
  waiting: { sign: "…", word: "waits", tone: "wait" },
  paused: { sign: "…", word: "paused", tone: "wait" },
  completed: { sign: "✓", word: "completed", tone: "good" },
  failed: { sign: "✕", word: "failed", tone: "bad" },
  cancelled: { sign: "■", word: "cancelled", tone: "quiet" },
};

export const shownStep = (state: StepShown): Shown => STEPS[state];

/** `ran after 2 retries` */
export function wordsOf({
  state,
  attempts,
}: {
  readonly state: StepShown;
  readonly attempts: readonly unknown[];
}) {
  const retries = attempts.length - 1;
  const { word } = STEPS[state];
  return retries < 1 ? word : `${word} after ${retries === 1 ? "1 retry" : `${retries} retries`}`;
}

export function StepState(step: { readonly state: StepShown; readonly attempts: readonly unknown[] }) {
  return <Words {...STEPS[step.state]} word={wordsOf(step)} />;
}

export function RunState({ state }: { readonly state: string }) {
  return <Words {...(RUNS[state] ?? { sign: "?", word: state, tone: "quiet" })} />;
}

function Words({ sign, word, tone }: Shown) {
  return (
    <span class={`state ${tone}`}>
      <span aria-hidden="true">{sign}</span> {word}
    </span>
  );
}
