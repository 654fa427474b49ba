/** One entry of a line of time. */
import type { Entry } from "../../scripts/console/journal/entry.ts";
import { IdLink } from "../parts/id-link.tsx";
import { Outcome } from "../parts/outcome.tsx";
import { Time } from "../parts/time.tsx";
import { DecisionLink } from "../policies/decision-link.tsx";

export function EntryRow({ entry }: { readonly entry: Entry }) {
  const { at, kind, outcome, title, detail, code, principal, ids, durationMs } = entry;
  return (
    <li class={`entry ${outcome}`}>
      <Time at={at} />
      <span class="kind">{kind}</span>
      <Outcome outcome={outcome} />
      <div class="what">
        <strong>{title}</strong>
        {code !== undefined && <code>{code}</code>}
        {detail !== undefined && <span>{detail}</span>}
        <DecisionLink entry={entry} />
        {principal !== undefined && <span class="quiet">{principal}</span>}
        {durationMs !== undefined && <span class="quiet">{durationMs} ms</span>}
        <span class="ids">
          {ids
            .filter((id) => /^(pi|cus|sub|in|evt|req)_|^run-/.test(id))
            .map((id) => (
              <IdLink key={id} id={id} />
            ))}
        </span>
      </div>
    </li>
  );
}
