/** The object as the event told it, as it is recorded, and as Stripe has it now. Fields that are equal are folded away. */
import { useSignal } from "@preact/signals";
import type { ActionResult } from "../../scripts/console/events/actions.ts";
import type { Difference, Shown } from "../../scripts/console/events/differences.ts";
import type { EventPage } from "../../scripts/console/events/event-page.ts";
import { Action } from "../parts/action.tsx";
import { Said } from "./result.tsx";
import { Sentence } from "./sentence.tsx";

export function Differences({ page, reload }: { readonly page: EventPage; readonly reload: () => void }) {
  const { differences, explanations, isDrifted, objectId } = page;
  const said = useSignal<ActionResult | undefined>(undefined);
  const different = differences.filter(({ isEqual }) => !isEqual);
  const equal = differences.filter(({ isEqual }) => isEqual);
  return (
    <>
      {different.length === 0 ? (
        <p>
          <span class="outcome succeeded">
            <span aria-hidden="true">=</span> equal
          </span>{" "}
          All that are known say the same.
        </p>
      ) : (
        <Fields caption={`${different.length} fields differ`} rows={different} />
      )}
      {explanations.length > 0 && (
        <ul>
          {explanations.map((sentence) => (
            <li key={sentence}>
              <Sentence text={sentence} />
            </li>
          ))}
        </ul>
      )}
      {isDrifted && objectId !== undefined && (
        <Action
          label="Record as at Stripe"
          does="Records the state at Stripe, unless the record has changed in the meantime. No mails and no notifications follow."
          command={`npm run events -- drift --object ${objectId} --fix`}
          path={`objects/${encodeURIComponent(objectId)}/fix`}
          onDone={(done: ActionResult) => {
            said.value = done;
            reload();
          }}
        />
      )}
      <Said of={said.value} />
      {equal.length > 0 && (
        <details>
          <summary>{equal.length} fields are equal</summary>
          <Fields caption="Fields that are equal" rows={equal} />
        </details>
      )}
    </>
  );
}

function Fields({ caption, rows }: { readonly caption: string; readonly rows: readonly Difference[] }) {
  return (
    <table class="cards sides">
      <caption>{caption}</caption>
      <thead>
        <tr>
          <th scope="col">Field</th>
          <th scope="col">Event</th>
          <th scope="col">Record</th>
          <th scope="col">Stripe now</th>
        </tr>
      </thead>
      <tbody>
        {rows.map(({ field, event, record, stripe, isEqual }) => (
          <tr key={field}>
            <th scope="row">
              {!isEqual && (
                <span class="outcome refused">
                  <span aria-hidden="true">≠</span> <span class="unseen">differs: </span>
                </span>
              )}
              {field}
            </th>
            <Side of="Event" value={event} />
            <Side of="Record" value={record} />
            <Side of="Stripe now" value={stripe} />
          </tr>
        ))}
      </tbody>
    </table>
  );
}

interface SideProps {
  /** Shown before the value on a phone, where the table has no columns. */
  readonly of: string;
  readonly value: Shown | undefined;
}

function Side({ of, value }: SideProps) {
  return (
    <td data-side={of}>
      {value === undefined ? (
        <span class="quiet">none</span>
      ) : typeof value === "string" ? (
        <code>{value}</code>
      ) : (
        <span class="quiet">hidden</span>
      )}
    </td>
  );
}
