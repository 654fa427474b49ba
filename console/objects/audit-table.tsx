/** The audit entries of an object, each with whether it is as it was written. */
import type { ObjectPage } from "../../scripts/console/objects/object-page.ts";
import { Time } from "../parts/time.tsx";

type CheckedEntry = ObjectPage["audit"]["entries"][number];

/** More are shown only when somebody asks. */
const FEW = 8;

interface AuditTableProps {
  readonly entries: readonly CheckedEntry[];
  readonly hasMore: boolean;
}

export function AuditTable({ entries, hasMore }: AuditTableProps) {
  const bad = entries.filter(({ wrong }) => wrong.length > 0).length;
  // Nobody should have to look for them.
  const sorted = entries.toSorted((a, b) => Number(b.wrong.length > 0) - Number(a.wrong.length > 0));
  return (
    <section aria-labelledby="audit">
      <h2 id="audit">Audit entries</h2>
      {entries.length === 0 ? (
        <p class="empty">The audit log has no entry about it.</p>
      ) : (
        <details open={bad > 0 || entries.length <= FEW}>
          <summary>
            <span class={`outcome ${bad === 0 ? "succeeded" : "failed"}`}>
              <span aria-hidden="true">{bad === 0 ? "✓" : "✕"}</span>{" "}
              {bad === 0
                ? `chain verified for ${entries.length === 1 ? "the entry" : `all ${entries.length} entries`}`
                : `${bad} of ${entries.length} NOT as written`}
            </span>
          </summary>
          <p class="quiet">
            Checked for each: the keyed digests of its link, of the entry and of its ending; that its writer's
            head is there, verifies and agrees with it; and its link to the entry before it, if that is about
            this object, too. What was removed together with its link shows only in{" "}
            <code>npm run audit -- verify</code>.
          </p>
          <table class="stacked">
            <thead>
              <tr>
                <th scope="col">Time (UTC)</th>
                <th scope="col">Chain</th>
                <th scope="col">What</th>
                <th scope="col">By</th>
              </tr>
            </thead>
            <tbody>
              {sorted.map((entry) => (
                <AuditRow key={`${entry.timestamp} ${entry.eventId}`} {...entry} />
              ))}
            </tbody>
          </table>
          {hasMore && <p class="quiet">There are older entries: the command above lists them.</p>}
        </details>
      )}
    </section>
  );
}

function AuditRow({ timestamp, eventId, entry, wrong }: CheckedEntry) {
  return (
    <tr>
      <td>{Number.isNaN(Date.parse(timestamp)) ? timestamp : <Time at={timestamp} />}</td>
      <td>
        {wrong.length === 0 ? (
          <span class="outcome succeeded">
            <span aria-hidden="true">✓</span> verified
          </span>
        ) : (
          <strong class="outcome failed">
            <span aria-hidden="true">✕</span> altered
          </strong>
        )}
      </td>
      {entry === undefined ? (
        <td colSpan={2}>
          The entry <code>{eventId}</code> {wrong.join(", and it ")}.
        </td>
      ) : (
        <>
          <td>
            {entry.action} {entry.resource.id}: {entry.result}
            {entry.code !== undefined && (
              <>
                {" "}
                <code>{entry.declineCode ?? entry.code}</code>
              </>
            )}
            {entry.policyDecision !== undefined && (
              <span class="quiet">
                {" "}
                {entry.policyDecision.decision} by {entry.policyDecision.ruleId}
              </span>
            )}
          </td>
          <td>{entry.actor.id}</td>
        </>
      )}
    </tr>
  );
}
