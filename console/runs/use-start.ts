/** The state of the form that starts a run: what was entered, what is wrong with it, and sending it. */
import { useSignal } from "@preact/signals";
import { useRef } from "preact/hooks";
import type { ActionResult } from "../../scripts/console/runs/actions.ts";
import type { StartForm } from "../../scripts/console/runs/routes.ts";
import { go, href } from "../router.ts";
import { change } from "../server.ts";
import { type Draft, emptyFields, type Made, type Mistake, madeFields } from "./draft.ts";

/** What the server said, or why there was no response. */
interface Refusal {
  readonly text: string;
  readonly mistakes: readonly Mistake[];
}

const newKey = () => `console-${crypto.randomUUID()}`;

/** `form`: that of the workflow. Every change of the input makes a new key. */
export function useStart(form: StartForm) {
  const draft = useSignal<Draft>(emptyFields(form.fields));
  /** The input as typed; undefined while the form is used. */
  const json = useSignal<string | undefined>(undefined);
  // Kept while the input is unchanged, so that a second click finds the run of the first.
  const key = useSignal(newKey());
  const isSent = useSignal(false);
  const isSending = useSignal(false);
  const refusal = useSignal<Refusal | undefined>(undefined);
  const summary = useRef<HTMLParagraphElement>(null);
  const made = json.value === undefined ? madeFields(form.fields, draft.value) : madeOfJson(json.value);
  const mistakes = isSent.value ? [...made.mistakes, ...(refusal.value?.mistakes ?? [])] : [];
  const changed = () => {
    key.value = newKey();
    refusal.value = undefined;
  };
  const start = async () => {
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
  };
  const send = async (event: Event) => {
    event.preventDefault();
    isSent.value = true;
    if (made.mistakes.length === 0) {
      if (isSending.value) return;
      await start();
    }
    requestAnimationFrame(() => summary.current?.focus());
  };
  return {
    draft: draft.value,
    setDraft: (value: Draft) => {
      draft.value = value;
      changed();
    },
    json: json.value,
    setJson: (text: string | undefined) => {
      json.value = text;
      changed();
    },
    key,
    input: made.value,
    mistakes,
    /** In one sentence; undefined if there is nothing to correct. */
    problem: refusal.value?.text ?? (mistakes.length > 0 ? toCorrect(mistakes) : undefined),
    /** Gets the focus after an input that was not accepted. */
    summary,
    isSending: isSending.value,
    send,
  };
}

function toCorrect(mistakes: readonly Mistake[]): string {
  const worded = mistakes.map(({ path, message }) => `${path} ${message}`.trim());
  return `${mistakes.length} to correct: ${worded.join("; ")}`;
}

function madeOfJson(text: string): Made {
  try {
    return { value: JSON.parse(text), mistakes: [] };
  } catch {
    return { value: undefined, mistakes: [{ path: "", message: "the input must be JSON" }] };
  }
}
