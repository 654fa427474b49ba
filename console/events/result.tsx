/** What an action has done: the lines that its command prints. */
import type { ActionResult } from "../../scripts/console/events/actions.ts";

export const result = ({ lines }: ActionResult) => (
  <ul class="said">
    {lines.map((line) => (
      <li key={line}>{line}</li>
    ))}
  </ul>
);
