/** The inbox: a list of events with filters, which are in the address. */
import type { EventList, EventRow } from "../../scripts/console/events/inbox-page.ts";
import { IdLink } from "../parts/id-link.tsx";
import { Problem } from "../parts/problem.tsx";
import { Time } from "../parts/time.tsx";
import { useStream } from "../parts/use-stream.ts";
import { go, query, withQuery } from "../router.ts";
import { useLoaded } from "../server.ts";
import { State } from "./state.tsx";

export function InboxView() {
  const search = query.value.toString();
  const { value, problem, reload } = useLoaded<EventList>(`events?${search}`);
  useStream(["event"], reload);
  return (
    <>
      <h1>Events</h1>
      <Filters key={search} list={value} />
      <Problem of={problem} />
      {value !== undefined && value.events.length === 0 && (
        <p class="empty">
          There is no matching event. “Never received” asks Stripe what it has and the inbox lacks.
        </p>
      )}
      {value !== undefined && value.events.length > 0 && <EventTable list={value} />}
    </>
  );
}

/** Applied by Enter or the button, so that nobody has to wait for a list at every letter. */
function Filters({ list }: { readonly list: EventList | undefined }) {
  const given = (name: string) => query.value.get(name) ?? "";
  return (
    <form
      class="filters"
      onSubmit={(event) => {
        event.preventDefault();
        const fields = new FormData(event.currentTarget);
        const text = (name: string) => String(fields.get(name) ?? "").trim();
        go(
          withQuery({
            ...{ type: text("type"), object: text("object"), since: text("since") },
            ...{ state: text("state"), queue: text("queue"), before: "" },
          }),
        );
      }}
    >
      <label>
        Type
        <input name="type" defaultValue={given("type")} placeholder="invoice.*" spellcheck={false} />
      </label>
      <label>
        Object
        <input name="object" defaultValue={given("object")} placeholder="pi_…" spellcheck={false} />
      </label>
      <label>
        Since
        <input
          name="since"
          defaultValue={given("since")}
          placeholder="2h, 3d or 2026-11-25"
          spellcheck={false}
        />
      </label>
      <Choice label="State" name="state" options={list?.states ?? []} chosen={given("state")} />
      <Choice label="Queue" name="queue" options={list?.queues ?? []} chosen={given("queue")} />
      <button type="submit" class="primary">
        Filter
      </button>
    </form>
  );
}

interface ChoiceProps {
  readonly label: string;
  readonly name: string;
  readonly options: readonly string[];
  readonly chosen: string;
}

function Choice({ label, name, options, chosen }: ChoiceProps) {
  const shown = chosen === "" || options.includes(chosen) ? options : [chosen, ...options];
  return (
    <label>
      {label}
      <select name={name}>
        <option value="">any</option>
        {shown.map((option) => (
          <option key={option} value={option} selected={option === chosen}>
            {option === "missing" ? "never received" : option}
          </option>
        ))}
      </select>
    </label>
  );
}

function EventTable({ list: { events, matching, next } }: { readonly list: EventList }) {
  return (
    <>
      <p class="quiet" aria-live="polite">
        {events.length === matching ? "" : `${events.length} of `}
        {matching === 1 ? "1 event" : `${matching} events`}
      </p>
      <table class="cards">
        <thead>
          <tr>
            <th scope="col">Created (UTC)</th>
            <th scope="col">State</th>
            <th scope="col">Type</th>
            <th scope="col">Object</th>
            <th scope="col">Event</th>
            <th scope="col">Applied after</th>
          </tr>
        </thead>
        <tbody>
          {events.map((row) => (
            <Row key={row.eventId} row={row} />
          ))}
        </tbody>
      </table>
      {next !== undefined && (
        <p>
          <a href={withQuery({ before: next })}>Older events</a>
        </p>
      )}
    </>
  );
}

function Row({ row }: { readonly row: EventRow }) {
  const { created, type, objectId, eventId, appliedAt } = row;
  return (
    <tr>
      <td>
        <Time at={created} />
      </td>
      <td>
        <State of={row} />
      </td>
      <th scope="row">{type}</th>
      <td>{objectId !== undefined && <IdLink id={objectId} />}</td>
      <td>
        <IdLink id={eventId} />
      </td>
      <td>{appliedAt !== undefined && lagBetween(created, appliedAt)}</td>
    </tr>
  );
}

/** Stripe's `created` has whole seconds, so that the lag can seem to be below zero. */
function lagBetween(created: string, appliedAt: string): string {
  return duration(Math.max(0, Date.parse(appliedAt) - Date.parse(created)));
}

/** `850 ms`, `1.2 s`, `5 min`, `3 h`. */
export function duration(ms: number): string {
  if (ms < 1_000) return `${Math.round(ms)} ms`;
  if (ms < 60_000) return `${(ms / 1_000).toFixed(1)} s`;
  if (ms < 3_600_000) return `${Math.round(ms / 60_000)} min`;
  return `${Math.round(ms / 3_600_000)} h`;
}
