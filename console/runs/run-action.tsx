/** An action on a run: a button with a question behind it, and the command that does the same. */
import { useSignal } from "@preact/signals";
import type { ActionResult, ActionView } from "../../scripts/console/runs/actions.ts";
import { change } from "../server.ts";
import { ShellCommand } from "./shell-command.tsx";

export interface RunActionProps {
  readonly action: ActionView;
  /** `Cancel this run` */
  readonly label: string;
  /** What happens then. */
  readonly question: string;
  readonly onDone: () => void;
}

export function RunAction({ action, label, question, onDone }: RunActionProps) {
  const state = useSignal<"idle" | "asked" | "sent">("idle");
  const refusal = useSignal("");
  const { route, command } = action;
  const send = async () => {
    if (route === undefined || state.value === "sent") return;
    state.value = "sent";
    refusal.value = "";
    try {
      const result = await change<ActionResult>(route);
      if (!result.done) refusal.value = `${result.code}: ${result.message}`;
    } catch (thrown) {
      refusal.value = thrown instanceof Error ? thrown.message : String(thrown);
    }
    state.value = "idle";
    onDone();
  };
  return (
    <div class="run-action">
      {route !== undefined && state.value === "idle" && (
        <button
          type="button"
          onClick={() => {
            state.value = "asked";
          }}
        >
          {label}
        </button>
      )}
      {route !== undefined && state.value !== "idle" && (
        <fieldset class="question">
          <legend>{label}?</legend>
          <p>{question}</p>
          <button type="button" class="primary" disabled={state.value === "sent"} onClick={send}>
            Yes, {label.toLowerCase()}
          </button>{" "}
          <button
            type="button"
            ref={(button) => {
              if (state.value === "asked") button?.focus();
            }}
            onClick={() => {
              state.value = "idle";
            }}
          >
            No
          </button>
        </fieldset>
      )}
      {refusal.value !== "" && (
        <p class="problem" role="alert">
          {refusal.value}
        </p>
      )}
      <ShellCommand text={command} label={`${label} by a command`} />
    </div>
  );
}
