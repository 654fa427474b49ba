/** A button that changes something, once, after the person has confirmed it. */
import "./confirm.css";
import { useSignal } from "@preact/signals";
import type { ComponentChildren } from "preact";
import { useEffect, useId, useRef } from "preact/hooks";
import { change, ServerProblem } from "../server.ts";
import { Command } from "./command.tsx";
import { Problem } from "./problem.tsx";

export interface ActionProps<Result> {
  /** Of the button: a verb and what it acts on. */
  readonly label: string;
  /** What will happen, in a sentence or two. */
  readonly does: string;
  /** The operator's command that does the same, as for the local stack. */
  readonly command?: string;
  /** The route, below `/console/api/`. */
  readonly path: string;
  readonly body?: unknown;
  readonly isPrimary?: boolean;
  /** What to say when it is done; by default `Done`. */
  readonly tell?: (result: Result) => ComponentChildren;
  readonly onDone?: (result: Result) => void;
}

interface Asking {
  readonly isRunning: boolean;
  readonly problem?: ServerProblem;
}

export function Action<Result>(props: ActionProps<Result>) {
  const { label, does, command, path, body, isPrimary, tell, onDone } = props;
  const asking = useSignal<Asking | undefined>(undefined);
  const said = useSignal<ComponentChildren>(undefined);
  const run = async () => {
    asking.value = { isRunning: true };
    try {
      const result = await change<Result>(path, body);
      said.value = tell?.(result) ?? "Done.";
      asking.value = undefined;
      onDone?.(result);
    } catch (thrown) {
      const problem =
        thrown instanceof ServerProblem ? thrown : new ServerProblem("INTERNAL", String(thrown));
      asking.value = { isRunning: false, problem };
    }
  };
  const { value: now } = asking;
  return (
    <span class="action">
      <button
        type="button"
        class={isPrimary ? "primary" : ""}
        onClick={() => {
          said.value = undefined;
          asking.value = { isRunning: false };
        }}
      >
        {label}
      </button>
      <span role="status">{said.value}</span>
      {now !== undefined && (
        <Confirm
          label={label}
          does={does}
          command={command}
          asking={now}
          onConfirm={run}
          onClose={() => {
            asking.value = undefined;
          }}
        />
      )}
    </span>
  );
}

interface ConfirmProps {
  readonly label: string;
  readonly does: string;
  readonly command: string | undefined;
  readonly asking: Asking;
  readonly onConfirm: () => Promise<void>;
  readonly onClose: () => void;
}

/** Modal: the browser keeps the focus inside and closes it on Escape. */
function Confirm({ label, does, command, asking, onConfirm, onClose }: ConfirmProps) {
  const dialog = useRef<HTMLDialogElement>(null);
  const headingId = useId();
  useEffect(() => {
    const shown = dialog.current;
    shown?.showModal();
    // Only then does the focus go back to the button.
    return () => shown?.close();
  }, []);
  return (
    <dialog ref={dialog} class="confirm" aria-labelledby={headingId} onClose={onClose}>
      <h2 id={headingId}>{label}</h2>
      <p>{does}</p>
      {command !== undefined && (
        <p>
          <span class="quiet">The same in a shell: </span>
          <Command text={command} />
        </p>
      )}
      <Problem of={asking.problem} />
      <p class="buttons">
        <button type="button" class="primary" disabled={asking.isRunning} onClick={() => void onConfirm()}>
          {asking.isRunning ? "Working …" : label}
        </button>
        <button type="button" onClick={() => dialog.current?.close()}>
          Cancel
        </button>
      </p>
    </dialog>
  );
}
