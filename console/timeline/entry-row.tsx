/** One entry of a line of time. Its title opens everything that is known of it. */
import { useSignal } from "@preact/signals";
import type { ShownEntry } from "../../scripts/console/timeline/shown-entry.ts";
import { IdLink, IdLinks } from "../parts/id-link.tsx";
import { Outcome } from "../parts/outcome.tsx";
import { Time } from "../parts/time.tsx";
import { DecisionLink } from "../policies/decision-link.tsx";
import { href } from "../router.ts";
import "./entry-row.css";

export interface EntryRowProps {
  readonly entry: ShownEntry;
  /** Whether the row above belongs to the same request, event or run. */
  readonly isJoined?: boolean;
  /** What it has in common with the entry that was opened, such as "same run". */
  readonly bond?: string | undefined;
  /** Without it, the row opens by itself. */
  readonly onOpen?: () => void;
  readonly isOpen?: boolean;
}

const WITH_PAGE = /^(?:pi|cus|sub|in|evt|req)_|^run-/;

export function EntryRow({ entry, isJoined = false, bond, onOpen, isOpen }: EntryRowProps) {
  const opened = useSignal(false);
  const { at, kind, outcome, title, detail, code, alarm, principal, ids, durationMs, money } = entry;
  const open = isOpen ?? opened.value;
  const marks = `${isJoined ? " joined" : ""}${bond === undefined ? "" : " bound"}${alarm === undefined ? "" : " alarmed"}`;
  return (
    <li class={`entry ${outcome}${marks}`}>
      <Time at={at} />
      <span class="kind">{kind}</span>
      <Outcome outcome={outcome} />
      <div class="what">
        <button
          type="button"
          class="title"
          aria-expanded={open}
          onClick={onOpen ?? (() => (opened.value = !opened.value))}
        >
          {title}
        </button>
        {money !== undefined && <span class="money">{money}</span>}
        {alarm !== undefined && <strong class="alarm">⚠ alarm: {alarm}</strong>}
        {code !== undefined && <code>{code}</code>}
        {detail !== undefined && <span>{detail}</span>}
        <DecisionLink entry={entry} />
        {principal !== undefined && <span class="quiet">by {principal}</span>}
        {durationMs !== undefined && <span class="quiet">{durationMs} ms</span>}
        {bond !== undefined && <span class="bond">↔ {bond}</span>}
        <IdLinks ids={ids.filter((id) => WITH_PAGE.test(id))} />
      </div>
      {open && <Everything entry={entry} />}
    </li>
  );
}

function Everything({ entry: { at, ids, functionName, group } }: Pick<EntryRowProps, "entry">) {
  return (
    <dl class="everything">
      <dt>Time</dt>
      <dd>{new Date(at).toISOString()}</dd>
      {functionName !== undefined && (
        <>
          <dt>Function</dt>
          <dd>{functionName}</dd>
        </>
      )}
      <dt>Ids</dt>
      <dd>
        {ids.length === 0 && "none"}
        <ul>
          {ids.map((id) => (
            <li key={id}>
              <IdLink id={id} />{" "}
              <a href={`${href()}?id=${encodeURIComponent(id)}`}>
                everything with this id<span class="unseen"> {id}</span>
              </a>
              {id === group && <span class="quiet"> groups it</span>}
            </li>
          ))}
        </ul>
      </dd>
    </dl>
  );
}
