/** Starts a run: a form from the schema of the workflow's input, or the input as JSON. */
import { useSignal } from "@preact/signals";
import { useRef } from "preact/hooks";
import type { ActionResult } from "../../scripts/console/runs/actions.ts";
import type { StartForm } from "../../scripts/console/runs/routes.ts";
import { Problem } from "../parts/problem.tsx";
import { go, href } from "../router.ts";
import { change, useLoaded } from "../server.ts";
import { type Draft, emptyFields, type Made, type Mistake, madeFields } from "./draft.ts";
import { Graph } from "./graph.tsx";
import { SchemaFields } from "./schema-form.tsx";
import { ShellCommand } from "./shell-command.tsx";

export function StartView({ workflowId }: { readonly workflowId: string }) {
  const { value, problem } = useLoaded<StartForm>(`workflows/${encodeURIComponent(workflowId)}/form`);
  return (
    <>
      <p>
        <a href={href("runs")}>All runs</a>
      </p>
      <h1>Start {workflowId}</h1>
      <Problem of={problem} />
      {value !== undefined && <Form key={value.workflowId} form={value} />}
    </>
  );
}

const newKey = () => `console-${crypto.randomUUID()}`;

function Form({ form }: { readonly form: StartForm }) {
  const draft = useSignal<Draft>(emptyFields(form.fields));
  /** The input as typed; undefined while the form is used. */
  const json = useSignal<string | undefined>(undefined);
  // Kept while the input is unchanged, so that a second click finds the run of the first.
  const key = useSignal(newKey());
  const isSent = useSignal(false);
  const isSending = useSignal(false);
  const refusal = useSignal<{ readonly text: string; readonly mistakes: readonly Mistake[] } | undefined>(
    undefined,
  );
  const summary = useRef<HTMLParagraphElement>(null);
  const made = json.value === undefined ? madeFields(form.fields, draft.value) : madeOfJson(json.value);
  const mistakes = isSent.value ? [...made.mistakes, ...(refusal.value?.mistakes ?? [])] : [];
  const changed = () => {
    key.value = newKey();
    refusal.value = undefined;
  };
  const send = async (event: Event) => {
    event.preventDefault();
    isSent.value = true;
    if (made.mistakes.length > 0) {
      requestAnimationFrame(() => summary.current?.focus());
      return;
    }
    if (isSending.value) return;
    isSending.value = true;
    try {
      const result = await change<ActionResult>(`workflows/${encodeURIComponent(form.workflowId)}/start`, {
        key: key.value,
        input: made.value,
      });
      if (result.done) return go(href("runs", String(result.body.runId)));
      refusal.value = { text: `${result.code}: ${result.message}`, mistakes: result.issues };
    } catch (thrown) {
      refusal.value = { text: thrown instanceof Error ? thrown.message : String(thrown), mistakes: [] };
    } finally {
      isSending.value = false;
    }
    requestAnimationFrame(() => summary.current?.focus());
  };
  return (
    <div class="start">
      <form class="schema-form" noValidate onSubmit={send}>
        {json.value === undefined ? (
          <SchemaFields
            fields={form.fields}
            draft={draft.value}
            mistakes={mistakes}
            onChange={(value) => {
              draft.value = value;
              changed();
            }}
          />
        ) : (
          <div class="field">
            <label for="input-json">Input as JSON</label>
            <textarea
              id="input-json"
              rows={10}
              spellcheck={false}
              value={json.value}
              onInput={({ currentTarget }) => {
                json.value = currentTarget.value;
                changed();
              }}
            />
          </div>
        )}
        <button
          type="button"
          onClick={() => {
            json.value = json.value === undefined ? JSON.stringify(made.value, null, 2) : undefined;
            changed();
          }}
        >
          {json.value === undefined ? "Write it as JSON" : "Use the form"}
        </button>
        {(mistakes.length > 0 || refusal.value !== undefined) && (
          <p ref={summary} class="problem" role="alert" tabIndex={-1}>
            {refusal.value?.text ?? `${mistakes.length} to correct: ${mistakes.map(worded).join("; ")}`}
          </p>
        )}
        <p>
          <span class="quiet">Idempotency-Key </span>
          <code>{key}</code>
          <br />
          <span class="quiet">
            It stays the same while the input is unchanged: a second click finds the same run.
          </span>
        </p>
        {form.canStart ? (
          <button type="submit" class="primary" disabled={isSending}>
            {isSending.value ? "Starting …" : "Start the run"}
          </button>
        ) : (
          <p class="quiet">The console has no API key of this stage: start it with the command.</p>
        )}
        <ShellCommand
          text={`${form.command} -H 'Idempotency-Key: ${key}' -d ${quoted(JSON.stringify(made.value))}`}
          label="Start it by a command"
        />
      </form>
      <Graph
        graph={form.graph}
        isOfRun={false}
        steps={Object.entries(form.capabilities).map(([id, capability]) => ({
          ...{ id, capability },
          state: "pending",
          attempts: [],
        }))}
      />
    </div>
  );
}

const worded = ({ path, message }: Mistake) => `${path} ${message}`.trim();

/** As one word of a shell. */
const quoted = (text: string) => `'${text.replaceAll("'", "'\\''")}'`;

function madeOfJson(text: string): Made {
  try {
    return { value: JSON.parse(text), mistakes: [] };
  } catch {
    return { value: undefined, mistakes: [{ path: "", message: "the input must be JSON" }] };
  }
}
