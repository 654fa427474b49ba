/** The page of one payment, customer, subscription or invoice. */
import "./objects.css";
import type { ObjectPage } from "../../scripts/console/objects/object-page.ts";
import { IdLink } from "../parts/id-link.tsx";
import { Problem } from "../parts/problem.tsx";
import { Time } from "../parts/time.tsx";
import { path } from "../router.ts";
import { useLoaded } from "../server.ts";
import { hasEmulator } from "../status/status.ts";
import { PayForm } from "../time/pay-form.tsx";
import { EntryRow } from "../timeline/entry-row.tsx";
import { AuditTable } from "./audit-table.tsx";
import { Money } from "./money.tsx";
import { NextSteps } from "./next-steps.tsx";
import { Sent } from "./sent.tsx";

export function ObjectView() {
  const [, id = ""] = path.value;
  const { value, problem, reload } = useLoaded<ObjectPage>(`objects/${encodeURIComponent(id)}`);
  return (
    <div class="object">
      <Problem of={problem} />
      {value !== undefined && value.id === id && <Details page={value} reload={reload} />}
    </div>
  );
}

function Details({ page, reload }: { readonly page: ObjectPage; readonly reload: () => void }) {
  const { id, kind, status, amount, recorded, facts, money, dunning, related, entries } = page;
  return (
    <>
      <h1>
        <span class="capital">{kind}</span> {amount !== undefined && <span>{amount}</span>}{" "}
        <span class="status">{status}</span>
      </h1>
      <p class="of">
        <code>{id}</code>
        <button type="button" onClick={reload}>
          Read again
        </button>
        <span class="quiet">
          recorded <Time at={recorded.at} />
          {recorded.fromType !== undefined && ` from ${recorded.fromType}`}
        </span>
      </p>
      {!recorded.isComplete && (
        <p class="problem">No secret of this stage opens its metadata, so what it says there is not known.</p>
      )}
      <div class="sides">
        <section aria-labelledby="facts">
          <h2 id="facts">What is recorded</h2>
          <dl class="facts">
            {facts.map(({ name, value, id: linked }) => (
              <div key={`${name} ${value}`}>
                <dt>{name}</dt>
                <dd>{linked === undefined ? value : <IdLink id={linked} />}</dd>
              </div>
            ))}
          </dl>
          {facts.length === 0 && <p class="empty">Only its status.</p>}
        </section>
        {money !== undefined && <Money table={money} />}
        {dunning !== undefined && (
          <section aria-labelledby="dunning">
            <h2 id="dunning">Failed payment</h2>
            <p>
              {dunning.status}, {dunning.attempts === 1 ? "1 attempt" : `${dunning.attempts} attempts`}, last{" "}
              <Time at={dunning.lastFailedAt} />
              {dunning.declineCode !== undefined && `: ${dunning.declineCode}`}.{" "}
              {dunning.nextMailAt === undefined ? (
                "No mail is to come."
              ) : (
                <>
                  The next mail is due <Time at={dunning.nextMailAt} />.
                </>
              )}
            </p>
          </section>
        )}
        {related.length > 0 && <RelatedTable rows={related} />}
      </div>
      <NextSteps steps={page.nextSteps} />
      {isPayable(page) && (
        <section aria-labelledby="pay">
          <h2 id="pay">Pay as the payer</h2>
          <PayForm paymentId={id} onPaid={reload} />
        </section>
      )}
      <History page={page} />
      <Sent mails={page.mails} notifications={page.notifications} />
      <AuditTable {...page.audit} />
      <section aria-labelledby="line">
        <h2 id="line">Line of time</h2>
        {entries.length === 0 ? (
          <p class="empty">The log that this console has read says nothing about it.</p>
        ) : (
          <ol class="entries">
            {entries.map((entry) => (
              <EntryRow key={entry.id} entry={entry} />
            ))}
          </ol>
        )}
      </section>
    </>
  );
}

/** With a test card, which only the Stripe emulator of the local stack takes without the payer's browser. */
const isPayable = ({ kind, status }: ObjectPage) =>
  hasEmulator.value &&
  kind === "payment" &&
  ["requires_payment_method", "requires_confirmation", "requires_action"].includes(status);

function RelatedTable({ rows }: { readonly rows: ObjectPage["related"] }) {
  return (
    <section aria-labelledby="related">
      <h2 id="related">Belongs to it</h2>
      <table class="stacked">
        <thead>
          <tr>
            <th scope="col">Kind</th>
            <th scope="col">Id</th>
            <th scope="col">Status</th>
          </tr>
        </thead>
        <tbody>
          {rows.map(({ id, kind, status, amount, note }) => (
            <tr key={id}>
              <td class="capital">{kind}</td>
              <td>
                <IdLink id={id} />
              </td>
              <td>{[status, amount, note].filter(Boolean).join(", ")}</td>
            </tr>
          ))}
        </tbody>
      </table>
    </section>
  );
}

function History({ page: { history, status, isFinal, recorded } }: { readonly page: ObjectPage }) {
  return (
    <section aria-labelledby="history">
      <h2 id="history">How it became {status}</h2>
      <p class="quiet">
        {isFinal ? "Stripe never changes this status again. " : ""}The record was written{" "}
        {recorded.version === 1 ? "once" : `${recorded.version} times`}. Events are kept for 90 days.
      </p>
      {history.length === 0 ? (
        <p class="empty">The inbox has no event about it.</p>
      ) : (
        <table class="stacked">
          <thead>
            <tr>
              <th scope="col">At Stripe (UTC)</th>
              <th scope="col">Event</th>
              <th scope="col">Here</th>
            </tr>
          </thead>
          <tbody>
            {history.map(({ eventId, type, created, state, note, appliedAt }) => (
              <tr key={eventId}>
                <td>
                  <Time at={created} />
                </td>
                <td>
                  {type} <IdLink id={eventId} />
                </td>
                <td>
                  {[state, note].filter(Boolean).join(", ")}{" "}
                  {appliedAt !== undefined && <Time at={appliedAt} />}
                </td>
              </tr>
            ))}
          </tbody>
        </table>
      )}
    </section>
  );
}
