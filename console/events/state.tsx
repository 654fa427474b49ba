/** Where an event is: by a sign and words, not by colour alone. */
import type { EventRow } from "../../scripts/console/events/inbox-page.ts";

type Kind = "succeeded" | "failed" | "refused" | "waiting" | "replayed";

export function State({ of }: { readonly of: Pick<EventRow, "state" | "isStale" | "isLost" | "reason"> }) {
  const [kind, sign, words] = shownAs(of);
  return (
    <span class={`outcome ${kind}`}>
      <span aria-hidden="true">{sign}</span> {words}
    </span>
  );
}

function shownAs({
  state,
  isStale,
  isLost,
  reason,
}: Pick<EventRow, "state" | "isStale" | "isLost" | "reason">): readonly [Kind, string, string] {
  if (isLost) return ["failed", "✕", `${state}, lost`];
  if (state === "missing") return ["failed", "✕", "never received"];
  if (state === "done") return isStale ? ["replayed", "↻", "done, stale"] : ["succeeded", "✓", "done"];
  if (state === "ignored") return ["refused", "⊘", reason === undefined ? "ignored" : `ignored, ${reason}`];
  return ["waiting", "…", state];
}
