/** What Stripe has and we lack, and records that differ from Stripe, with the repairs. */
import { useSignal } from "@preact/signals";
import type { ActionResult } from "../../scripts/console/events/actions.ts";
import type { Comparison } from "../../scripts/console/events/comparison.ts";
import { Action } from "../parts/action.tsx";
import { IdLink } from "../parts/id-link.tsx";
import { Problem } from "../parts/problem.tsx";
import { Time } from "../parts/time.tsx";
import { go, query, withQuery } from "../router.ts";
import { useLoaded } from "../server.ts";
import { Said } from "./result.tsx";

export function ComparisonView() {
  const since = query.value.get("since") ?? "";
  const path = `event-comparison${since === "" ? "" : `?since=${encodeURIComponent(since)}`}`;
  const { value, problem, reload } = useLoaded<Comparison>(path);
  const said = useSignal<ActionResult | undefined>(undefined);
  const onDone = (done: ActionResult) => {
    said.value = done;
    reload();
  };
  return (
    <>
      <h1>Compare with Stripe</h1>
      <form
        class="filters"
        key={since}
        onSubmit={(event) => {
          event.preventDefault();
          const given = String(new FormData(event.currentTarget).get("since") ?? "").trim();
          if (given === since) reload();
          else go(withQuery({ since: given }));
        }}
      >
        <label>
          Events since
          <input name="since" defaultValue={since} placeholder="3d" spellcheck={false} />
        </label>
        <button type="submit" class="primary">
          Compare
        </button>
      </form>
      <Problem of={problem} />
      <Said of={said.value} />
      {value === undefined && problem === undefined && <p class="quiet">Asking Stripe …</p>}
      {value !== undefined && <Found value={value} since={since} onDone={onDone} />}
    </>
  );
}

interface FoundProps {
  readonly value: Comparison;
  readonly since: string;
  readonly onDone: (done: ActionResult) => void;
}

function Found({ value, since, onDone }: FoundProps) {
  const { from, until, events, missing, objects, drifts } = value;
  const option = since === "" ? "" : ` --since ${since}`;
  return (
    <div aria-live="polite">
      <h2>{missing.length === 0 ? "No event is missing" : `Events that are missing: ${missing.length}`}</h2>
      <p class="quiet">
        {events} events of Stripe compared, from <Time at={from} /> to <Time at={until} />.
      </p>
      {missing.length > 0 && (
        <>
          <Action
            label="Queue what is missing"
            does="Puts each of them into its queue, as the webhook would have done. An event that arrives twice is applied once."
            command={`npm run events -- reconcile${option}`}
            path="event-comparison/reconcile"
            body={{ since }}
            onDone={onDone}
            isPrimary
          />
          <ul>
            {missing.map(({ eventId, type, objectId, created, lack }) => (
              <li key={eventId}>
                <Time at={created} /> <strong>{type}</strong> {lack === "missing" ? "never received" : lack}{" "}
                <IdLink id={eventId} /> {objectId !== undefined && <IdLink id={objectId} />}
              </li>
            ))}
          </ul>
        </>
      )}
      <h2>{drifts.length === 0 ? "No record differs" : `Records that differ: ${drifts.length}`}</h2>
      <p class="quiet">{objects} records compared with the objects at Stripe.</p>
      <ul>
        {drifts.map(({ objectId, objectType, fields, recordedStatus, stripeStatus }) => (
          <li key={objectId}>
            <IdLink id={objectId} /> {objectType}: recorded {recordedStatus}, at Stripe {stripeStatus};{" "}
            {fields.join(", ")}{" "}
            <Action
              label={`Record ${objectId} as at Stripe`}
              does="Records the state at Stripe, unless the record has changed in the meantime. Queue what is missing first: an event that arrives later may overwrite it."
              command={`npm run events -- drift --object ${objectId} --fix`}
              path={`objects/${encodeURIComponent(objectId)}/fix`}
              onDone={onDone}
            />
          </li>
        ))}
      </ul>
    </div>
  );
}
