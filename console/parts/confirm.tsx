/** Asks before an action: what will happen, the command that does the same, and on a deployed stage the stage's name. */
import "./confirm.css";
import type { ComponentChildren } from "preact";
import { useEffect, useId, useRef } from "preact/hooks";
import { OUTCOME_UNKNOWN, type ServerProblem } from "../server.ts";
import { stage } from "../status/status.ts";
import { Command } from "./command.tsx";
import { Problem } from "./problem.tsx";

export interface ConfirmProps {
  readonly title: string;
  /** What will happen, in a sentence or two. */
  readonly does: string;
  readonly command?: string | undefined;
  readonly isRunning: boolean;
  readonly problem: ServerProblem | undefined;
  /** On a deployed stage, with what was typed. */
  readonly onConfirm: (typed: string | undefined) => void;
  readonly onClose: () => void;
  readonly children?: ComponentChildren;
}

/** Modal: the browser keeps the focus inside and closes it on Escape. */
export function Confirm(props: ConfirmProps) {
  const { title, does, command, isRunning, problem, onConfirm, onClose, children } = props;
  const dialog = useRef<HTMLDialogElement>(null);
  const typed = useRef<HTMLInputElement>(null);
  const headingId = useId();
  useEffect(() => {
    const shown = dialog.current;
    shown?.showModal();
    // Only then does the focus go back to the button.
    return () => shown?.close();
  }, []);
  return (
    <dialog ref={dialog} class="confirm" aria-labelledby={headingId} onClose={onClose}>
      <form
        onSubmit={(event) => {
          event.preventDefault();
          onConfirm(typed.current?.value.trim());
        }}
      >
        <h2 id={headingId}>{title}</h2>
        <p>{does}</p>
        {children}
        {command !== undefined && (
          <p>
            <span class="quiet">The same in a shell: </span>
            <Command text={command} />
          </p>
        )}
        {stage.value !== undefined && (
          <label class="typed">
            This changes the stage <strong>{stage.value}</strong>. Type its name to confirm:
            <input ref={typed} required autocomplete="off" spellcheck={false} />
          </label>
        )}
        <Problem of={problem} />
        {problem?.code === OUTCOME_UNKNOWN && <Command text="npm run audit -- list" />}
        <p class="buttons">
          <button type="submit" class="primary" disabled={isRunning}>
            {isRunning
              ? "Working …"
              : problem?.code === OUTCOME_UNKNOWN
                ? "Ask again (it is done once)"
                : title}
          </button>
          <button type="button" onClick={() => dialog.current?.close()}>
            {isRunning ? "Close" : "Cancel"}
          </button>
        </p>
      </form>
    </dialog>
  );
}
