/** Starts a run: a form from the schema of the workflow's input, or the input as JSON. */
import type { StartForm } from "../../scripts/console/runs/routes.ts";
import { Problem } from "../parts/problem.tsx";
import { href } from "../router.ts";
import { useLoaded } from "../server.ts";
import { Graph } from "./graph.tsx";
import { SchemaFields } from "./schema-form.tsx";
import { ShellCommand } from "./shell-command.tsx";
import { useStart } from "./use-start.ts";

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

function Form({ form }: { readonly form: StartForm }) {
  const { key, input, problem, summary, isSending, send, ...entered } = useStart(form);
  return (
    <div class="start">
      <form class="schema-form" noValidate onSubmit={send}>
        <Input form={form} input={input} {...entered} />
        {problem !== undefined && (
          <p ref={summary} class="problem" role="alert" tabIndex={-1}>
            {problem}
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
            {isSending ? "Starting …" : "Start the run"}
          </button>
        ) : (
          <p class="quiet">The console has no API key of this stage: start it with the command.</p>
        )}
        <ShellCommand
          text={`${form.command} -H 'Idempotency-Key: ${key}' -d ${quoted(JSON.stringify(input))}`}
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

interface InputProps
  extends Pick<
    ReturnType<typeof useStart>,
    "draft" | "setDraft" | "json" | "setJson" | "input" | "mistakes"
  > {
  readonly form: StartForm;
}

/** The fields, or the same input as JSON. */
function Input({ form, draft, setDraft, json, setJson, input, mistakes }: InputProps) {
  return (
    <>
      {json === undefined ? (
        <SchemaFields fields={form.fields} draft={draft} mistakes={mistakes} onChange={setDraft} />
      ) : (
        <div class="field">
          <label for="input-json">Input as JSON</label>
          <textarea
            id="input-json"
            rows={10}
            spellcheck={false}
            value={json}
            onInput={({ currentTarget }) => setJson(currentTarget.value)}
          />
        </div>
      )}
      <button
        type="button"
        onClick={() => setJson(json === undefined ? JSON.stringify(input, null, 2) : undefined)}
      >
        {json === undefined ? "Write it as JSON" : "Use the form"}
      </button>
    </>
  );
}

/** As one word of a shell. */
const quoted = (text: string) => `'${text.replaceAll("'", "'\\''")}'`;
