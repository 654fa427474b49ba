/** What the consumers have given up, with the reason and what to do. */
import { useSignal } from "@preact/signals";
import type { ActionResult } from "../../scripts/console/events/actions.ts";
import type { DeadLetterList, DeadLetterRow } from "../../scripts/console/events/dead-letter-page.ts";
import { Action } from "../parts/action.tsx";
import { IdLink } from "../parts/id-link.tsx";
import { Problem } from "../parts/problem.tsx";
import { ScrolledText } from "../parts/scrolled-text.tsx";
import { Time } from "../parts/time.tsx";
import { useLoaded } from "../server.ts";
import { result, Said } from "./result.tsx";

export function DeadLettersView() {
  const { value, problem, reload } = useLoaded<DeadLetterList>("dead-letters");
  const said = useSignal<ActionResult | undefined>(undefined);
  const onDone = (done: ActionResult) => {
    said.value = done;
    reload();
  };
  const full = value?.queues.filter(({ count }) => count > 0) ?? [];
  return (
    <>
      <h1>Dead letters</h1>
      <Problem of={problem} />
      <Said of={said.value} />
      {value === undefined && problem === undefined && <p class="quiet">Looking into the queues …</p>}
      {value !== undefined && full.length === 0 && (
        <p class="empty">The {value.queues.length} dead-letter queues are empty: nothing was given up.</p>
      )}
      {value?.logProblem !== undefined && (
        <p class="problem">
          The reasons are not complete, because the log could not be read: {value.logProblem}
        </p>
      )}
      <p>
        <button type="button" onClick={reload}>
          Look again
        </button>
      </p>
      <div aria-live="polite">
        {full.map(({ queue, count }) => (
          <section key={queue} aria-label={`Queue ${queue}`}>
            <h2>
              {queue}: {count === 1 ? "1 message" : `${count} messages`}
            </h2>
            <Repairs queue={queue} onDone={onDone} />
            <ul class="letters">
              {value?.letters
                .filter((letter) => letter.queue === queue)
                .map((letter) => (
                  <Letter key={letter.messageId} letter={letter} />
                ))}
            </ul>
          </section>
        ))}
      </div>
    </>
  );
}

interface RepairsProps {
  readonly queue: string;
  readonly onDone: (done: ActionResult) => void;
}

function Repairs({ queue, onDone }: RepairsProps) {
  const command = `npm run events -- redrive ${queue}`;
  return (
    <div class="actions">
      <Action
        label={`Redrive ${queue}`}
        does={`Moves the messages of ${queue} back to their queue. What nobody of ours has signed is replaced by the event as Stripe has it, or stays.`}
        command={command}
        path="dead-letters/redrive"
        body={{ queue, discard: false, dryRun: false }}
        onDone={onDone}
      />
      <Action
        label={`Try ${queue} without moving`}
        does="Only says what a redrive would do with each message."
        command={`${command} --dry-run`}
        path="dead-letters/redrive"
        body={{ queue, discard: false, dryRun: true }}
        tell={result}
      />
      <Action
        label={`Redrive ${queue}, and discard what is foreign`}
        does="As a redrive, and deletes for good the messages that neither our functions nor SES have sent and whose event Stripe does not have."
        command={`${command} --discard`}
        path="dead-letters/redrive"
        body={{ queue, discard: true, dryRun: false }}
        onDone={onDone}
      />
    </div>
  );
}

function Letter({ letter }: { readonly letter: DeadLetterRow }) {
  const { name, eventId, objectId, sentAt, body, reason } = letter;
  const { why, whatToDo, code, cause, tries, firstFailedAt } = reason;
  return (
    <li class="panel">
      <h3>{name}</h3>
      <p>
        <span class="outcome failed">
          <span aria-hidden="true">✕</span> {code ?? "refused"}
        </span>{" "}
        {why}
      </p>
      {cause !== undefined && (
        <p>
          The last error: <code>{cause}</code>
        </p>
      )}
      <p>
        <strong>What to do:</strong> {whatToDo}
      </p>
      <p class="quiet">
        Set aside <Time at={sentAt} />
        {tries !== undefined && `; deliveries: ${tries}`}
        {firstFailedAt !== undefined && (
          <>
            ; failed first <Time at={firstFailedAt} />
          </>
        )}{" "}
        {eventId !== undefined && <IdLink id={eventId} />}{" "}
        {objectId !== undefined && <IdLink id={objectId} />}
      </p>
      <details>
        <summary>Content of the message</summary>
        <ScrolledText label={`Content of ${name}`} text={body} />
      </details>
    </li>
  );
}
