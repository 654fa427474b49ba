/** What an action has done: the lines that its command prints. */
import type { ActionResult } from "../../scripts/console/events/actions.ts";

export const result = ({ lines }: ActionResult) => (
  <ul class="said">
    {lines.map((line) => (
      <li key={line}>{line}</li>
    ))}
  </ul>
);

/** For an action whose button is gone when it is done. */
export function Said({ of }: { readonly of: ActionResult | undefined }) {
  return <div role="status">{of !== undefined && result(of)}</div>;
}
