/** One event. */
import type { EventPage, EventStep } from "../../scripts/console/events/event-page.ts";
import { Action } from "../parts/action.tsx";
import { Command } from "../parts/command.tsx";
import { IdLink } from "../parts/id-link.tsx";
import { Problem } from "../parts/problem.tsx";
import { ScrolledText } from "../parts/scrolled-text.tsx";
import { Time } from "../parts/time.tsx";
import { useStream } from "../parts/use-stream.ts";
import { href } from "../router.ts";
import { useLoaded } from "../server.ts";
import { EntryRow } from "../timeline/entry-row.tsx";
import { Differences } from "./differences.tsx";
import { duration } from "./inbox-view.tsx";
import { result } from "./result.tsx";
import { State } from "./state.tsx";

export function EventView({ eventId }: { readonly eventId: string }) {
  const { value, problem, reload } = useLoaded<EventPage>(`events/${encodeURIComponent(eventId)}`);
  useStream(["event"], reload);
  return (
    <>
      <h1>
        {value === undefined ? "Event" : value.type} <code class="of">{eventId}</code>
      </h1>
      <Problem of={problem} />
      {value === undefined && problem === undefined && <p class="quiet">Asking Stripe and the queues …</p>}
      {value !== undefined && <Found page={value} reload={reload} />}
    </>
  );
}

function Found({ page, reload }: { readonly page: EventPage; readonly reload: () => void }) {
  const { eventId, inbox, deadIn, advice, failure, objectId, payload, told, entries, steps } = page;
  return (
    <>
      <section class="panel" aria-label="State">
        <p>
          {inbox === undefined ? (
            <span class="outcome waiting">
              <span aria-hidden="true">…</span> not in the inbox
            </span>
          ) : (
            <State of={inbox} />
          )}
          {deadIn.length > 0 && (
            <span class="outcome failed">
              {" "}
              <span aria-hidden="true">✕</span>{" "}
              <a href={href("events", "dead-letters")}>in the dead letters of {deadIn.join(", ")}</a>
            </span>
          )}{" "}
          {objectId !== undefined && <IdLink id={objectId} />}
        </p>
        <p>{advice}</p>
        {failure !== undefined && <p class="problem">The event could not be read from Stripe: {failure}.</p>}
        <Actions page={page} reload={reload} />
      </section>
      <h2>Where it was</h2>
      <Steps steps={steps} />
      <h2>Event, record and Stripe</h2>
      <Differences page={page} reload={reload} />
      <h2>Notifications that came of it</h2>
      {told.length === 0 ? (
        <p class="quiet">No endpoint of an application was sent a notification about it.</p>
      ) : (
        <ul>
          {told.map(({ notificationId, type, endpointId, status, attempts }) => (
            <li key={`${notificationId} ${endpointId}`}>
              {type} to <code>{endpointId}</code>: {status}, attempts: {attempts}{" "}
              <Command text={`npm run endpoints -- deliveries ${notificationId}`} />
            </li>
          ))}
        </ul>
      )}
      <h2>Payload</h2>
      {payload === undefined ? (
        <p class="quiet">Stripe does not have it: it keeps events for 30 days.</p>
      ) : (
        <>
          <p class="quiet">As Stripe has it. Client secrets, persons’ data, metadata and links are hidden.</p>
          <ScrolledText label={`Payload of ${eventId}`} text={payload} />
        </>
      )}
      <h2>On the time line</h2>
      {entries.length === 0 ? (
        <p class="quiet">The log has nothing about it.</p>
      ) : (
        <ol class="entries">
          {entries.map((entry) => (
            <EntryRow key={entry.id} entry={entry} />
          ))}
        </ol>
      )}
    </>
  );
}

function Actions({ page, reload }: { readonly page: EventPage; readonly reload: () => void }) {
  const { eventId, inbox, deadIn } = page;
  const isDone = inbox?.state === "done";
  return (
    <div class="actions">
      {page.canResend ? (
        <Action
          label="Resend from Stripe"
          does="Stripe’s emulator sends the event to the webhook once more, signed again. An event that was applied has no effect the second time."
          command={page.resendCommand}
          path={`events/${eventId}/resend`}
          tell={result}
          onDone={reload}
        />
      ) : (
        <p>
          Resend from Stripe: <Command text={page.resendCommand} />
        </p>
      )}
      <Action
        label={isDone ? "Replay again" : "Replay"}
        does={
          isDone
            ? "Reads the event from Stripe and sends it through its consumer again, although it was applied: its effects run again, each at most once."
            : "Reads the event from Stripe and puts it into its queue, as the webhook would have done."
        }
        command={`npm run events -- replay ${eventId}${isDone ? " --again" : ""}`}
        path={`events/${eventId}/replay`}
        body={{ again: isDone }}
        tell={result}
        onDone={reload}
      />
      {deadIn.length > 0 && <a href={href("events", "dead-letters")}>Why it failed, and redrive</a>}
    </div>
  );
}

function Steps({ steps }: { readonly steps: readonly EventStep[] }) {
  const begin = Date.parse(steps[0]?.at ?? "");
  return (
    <table class="cards">
      <thead>
        <tr>
          <th scope="col">Time (UTC)</th>
          <th scope="col">After</th>
          <th scope="col">Where</th>
          <th scope="col">What</th>
        </tr>
      </thead>
      <tbody>
        {steps.map(({ at, where, what }) => (
          <tr key={`${at} ${where} ${what}`}>
            <td>
              <Time at={at} />
            </td>
            <td>{duration(Math.max(0, Date.parse(at) - begin))}</td>
            <td>{where}</td>
            <td>{what}</td>
          </tr>
        ))}
      </tbody>
    </table>
  );
}
