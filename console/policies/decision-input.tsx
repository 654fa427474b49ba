/** The input of the call that is asked about: a form, or JSON. */
import { useSignal } from "@preact/signals";
import type { InputForm } from "../../scripts/console/policies/routes.ts";
import { Problem } from "../parts/problem.tsx";
import { query } from "../router.ts";
import { type Draft, draftOfFields, emptyFields, madeFields } from "../runs/draft.ts";
import { SchemaFields } from "../runs/schema-form.tsx";
import { useLoaded } from "../server.ts";
import { ask } from "./ask.ts";

export function Input({ capability, action }: { readonly capability: string; readonly action: string }) {
  const { value, problem } = useLoaded<InputForm>(
    `policies/form?capability=${encodeURIComponent(capability)}&action=${encodeURIComponent(action)}`,
  );
  return (
    <>
      <Problem of={problem} />
      {value !== undefined && value.fields.length > 0 && <InputFields form={value} />}
    </>
  );
}

function InputFields({ form: { fields } }: { readonly form: InputForm }) {
  const written = query.value.get("input") ?? "";
  const draft = useSignal<Draft | undefined>(
    written === "" ? emptyFields(fields) : draftOfFields(fields, parsed(written)),
  );
  const isPartly = query.value.has("partly");
  return (
    <fieldset>
      <legend>Input</legend>
      {draft.value === undefined ? (
        <div class="field">
          <label for="input-json">As JSON</label>
          <textarea
            id="input-json"
            rows={6}
            spellcheck={false}
            value={written}
            onInput={({ currentTarget }) => ask({ input: currentTarget.value })}
          />
        </div>
      ) : (
        <SchemaFields
          fields={fields}
          draft={draft.value}
          mistakes={
            written === ""
              ? []
              : madeFields(fields, draft.value).mistakes.filter(
                  ({ message }) => !isPartly || message !== "is required",
                )
          }
          onChange={(changed) => {
            draft.value = changed;
            ask({ input: JSON.stringify(madeFields(fields, changed).value) });
          }}
        />
      )}
      <button
        type="button"
        onClick={() => {
          draft.value =
            draft.value === undefined
              ? (draftOfFields(fields, parsed(written)) ?? emptyFields(fields))
              : undefined;
        }}
      >
        {draft.value === undefined ? "Use the form" : "Write it as JSON"}
      </button>{" "}
      <label>
        <input
          type="checkbox"
          class="inline"
          checked={isPartly}
          onChange={({ currentTarget: { checked } }) => ask({ partly: checked ? "1" : "" })}
        />{" "}
        Required fields may be left out
      </label>
    </fieldset>
  );
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
