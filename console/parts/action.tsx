/** A button that changes something, once, after the person has confirmed it. */
import "./confirm.css";
import { useSignal } from "@preact/signals";
import type { ComponentChildren } from "preact";
import { change, OUTCOME_UNKNOWN, ServerProblem } from "../server.ts";
import { newKey, readStatus, status } from "../status/status.ts";
import { Confirm } from "./confirm.tsx";

export interface ActionProps<Result> {
  /** Of the button: a verb and what it acts on. */
  readonly label: string;
  /** What it acts on, for who does not see where the button is. */
  readonly of?: string;
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
  /** Shown in the dialog, below the sentence. */
  readonly children?: ComponentChildren;
}

interface Asking {
  /** One for each time that the dialog is opened, so that two clicks in it are one action. */
  readonly key: string;
  readonly isRunning: boolean;
  readonly problem?: ServerProblem;
}

export function Action<Result>(props: ActionProps<Result>) {
  const { label, of, does, command, path, body, isPrimary, tell, onDone, children } = props;
  const asking = useSignal<Asking | undefined>(undefined);
  /** The key of an action whose outcome is not known: to open the dialog again does not make it another action. */
  const unsettled = useSignal<string | undefined>(undefined);
  const said = useSignal<ComponentChildren>(undefined);
  const run = async ({ key }: Asking, confirmation: string | undefined) => {
    asking.value = { key, isRunning: true };
    try {
      const result = await change<Result>(path, body, { key, confirmation });
      unsettled.value = undefined;
      said.value = tell?.(result) ?? "Done.";
      asking.value = undefined;
      onDone?.(result);
    } catch (thrown) {
      const problem =
        thrown instanceof ServerProblem ? thrown : new ServerProblem("INTERNAL", String(thrown));
      // After a refusal it is another attempt; after a lost response it must stay the same one.
      unsettled.value = problem.code === OUTCOME_UNKNOWN ? key : undefined;
      asking.value = { key: unsettled.value ?? newKey(), isRunning: false, problem };
    }
    void readStatus();
  };
  const open = async () => {
    said.value = undefined;
    // A key names the server, and the dialog the stage.
    if (status.value === undefined) await readStatus();
    asking.value = { key: unsettled.value ?? newKey(), isRunning: false };
  };
  const { value: now } = asking;
  return (
    <span class="action">
      <button type="button" class={isPrimary ? "primary" : ""} onClick={open}>
        {label}
        {of !== undefined && <span class="unseen"> {of}</span>}
      </button>
      <span role="status">{said.value}</span>
      {now !== undefined && (
        <Confirm
          title={label}
          does={does}
          command={command}
          isRunning={now.isRunning}
          problem={now.problem}
          onConfirm={(typed) => {
            if (!now.isRunning) void run(now, typed);
          }}
          onClose={() => {
            asking.value = undefined;
          }}
        >
          {children}
        </Confirm>
      )}
    </span>
  );
}
