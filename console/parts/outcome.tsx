/** How something ended: by a sign and a word, not by colour alone. */
import type { Outcome as OutcomeName } from "../../scripts/console/journal/entry.ts";

const SIGNS: Readonly<Record<OutcomeName, string>> = {
  succeeded: "✓",
  replayed: "↻",
  ignored: "–",
  refused: "⊘",
  failed: "✕",
  waiting: "…",
};

export function Outcome({ outcome }: { readonly outcome: OutcomeName }) {
  return (
    <span class={`outcome ${outcome}`}>
      <span aria-hidden="true">{SIGNS[outcome]}</span> {outcome}
    </span>
  );
}
