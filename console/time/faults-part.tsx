/** The faults that have yet to strike, and a form to order one. */
import { useSignal } from "@preact/signals";
import type { FaultForm } from "../../scripts/console/time/fault-forms.ts";
import type { PendingFault } from "../../scripts/console/time/faults.ts";
import { Action } from "../parts/action.tsx";
import { status } from "../status/status.ts";

const PARTS = [
  ["stripe", "Requests to Stripe"],
  ["webhooks", "Events from Stripe"],
  ["aws", "AWS"],
] as const;

interface FaultsPartProps {
  readonly forms: readonly FaultForm[];
  readonly emulator: string;
}

export function FaultsPart({ forms, emulator }: FaultsPartProps) {
  const kind = useSignal(forms[0]?.kind ?? "");
  const given = useSignal<Readonly<Record<string, string>>>({});
  const form = forms.find((each) => each.kind === kind.value);
  const pending = status.value?.local?.faults ?? [];
  const values = Object.fromEntries(
    (form?.fields ?? []).map(({ name, initial }) => [name, given.value[name] ?? initial ?? ""]),
  );
  return (
    <section class="panel">
      <h2>Faults</h2>
      <Pending faults={pending} emulator={emulator} />
      <div class="fields">
        <label>
          What goes wrong
          <select
            value={kind.value}
            onChange={({ currentTarget }) => {
              kind.value = currentTarget.value;
              given.value = {};
            }}
          >
            {PARTS.map(([part, title]) => (
              <optgroup key={part} label={title}>
                {forms
                  .filter((each) => each.part === part)
                  .map((each) => (
                    <option key={each.kind} value={each.kind}>
                      {each.title}
                    </option>
                  ))}
              </optgroup>
            ))}
          </select>
        </label>
        {form?.fields.map(({ name, label, type, isOptional }) => (
          <label key={`${kind.value} ${name}`}>
            {label}
            {isOptional ? " (optional)" : ""}
            <input
              name={name}
              inputMode={type === "number" ? "numeric" : "text"}
              autocomplete="off"
              value={values[name] ?? ""}
              onInput={({ currentTarget }) => {
                given.value = { ...given.value, [name]: currentTarget.value };
              }}
            />
          </label>
        ))}
      </div>
      {form !== undefined && (
        <>
          <p class="quiet">{form.about}</p>
          <Action<readonly PendingFault[]>
            label="Order this fault"
            does={`${form.title}. ${form.about}`}
            {...(form.part === "aws" ? {} : { command: orderCommand(form, values, emulator) })}
            path="time/faults"
            body={{ kind: form.kind, ...values }}
            tell={() => "Ordered."}
          />
        </>
      )}
    </section>
  );
}

function Pending({
  faults,
  emulator,
}: {
  readonly faults: readonly PendingFault[];
  readonly emulator: string;
}) {
  if (faults.length === 0) return <p>None is ordered.</p>;
  return (
    <>
      <table>
        <caption class="unseen">Faults that have yet to strike</caption>
        <thead>
          <tr>
            <th scope="col">What goes wrong</th>
            <th scope="col">Left</th>
            <th scope="col">
              <span class="unseen">Take back</span>
            </th>
          </tr>
        </thead>
        <tbody>
          {faults.map(({ kind, title, detail, left }, index) => (
            <tr key={`${kind} ${index}`}>
              <td>
                {title} {detail !== "" && <code>{detail}</code>}
              </td>
              <td>{left}</td>
              <td>
                <Action
                  label="Take back"
                  of={title}
                  does={`This and every other fault of its kind (${kind}) do not strike any more.`}
                  command={`curl -X DELETE ${emulator}/_emulator/faults/${kind}`}
                  path="time/faults/withdraw"
                  body={{ kind }}
                />
              </td>
            </tr>
          ))}
        </tbody>
      </table>
      <p>
        <Action
          label="Take all back"
          does="No fault strikes any more. Requests that are held go on, and events that were held are delivered."
          command={`curl -X DELETE ${emulator}/_emulator/faults`}
          path="time/faults/withdraw"
        />
      </p>
    </>
  );
}

/** The same order at the emulator's control interface. */
function orderCommand(
  { kind, fields }: FaultForm,
  values: Readonly<Record<string, string>>,
  emulator: string,
) {
  const filled = fields.filter(({ name }) => values[name] !== "");
  const ofType = (wanted: string) => filled.filter(({ type }) => type === wanted).map(({ name }) => name);
  const numbers = Object.fromEntries(ofType("number").map((name) => [name, Number(values[name])]));
  const match = Object.fromEntries(ofType("text").map((name) => [name, values[name]]));
  const order = { kind, ...numbers, ...(Object.keys(match).length === 0 ? {} : { match }) };
  return `curl --json '${JSON.stringify(order)}' ${emulator}/_emulator/faults`;
}
