/** The clock of the local stack, and how to move it. */
import { useSignal } from "@preact/signals";
import type { ClockState, Step } from "../../scripts/console/time/clock.ts";
import { Action } from "../parts/action.tsx";
import { status } from "../status/status.ts";
import { inMinutes, until } from "./words.ts";

interface ClockPartProps {
  readonly steps: readonly Step[];
  readonly emulator: string;
}

export function ClockPart({ steps, emulator }: ClockPartProps) {
  const to = useSignal("");
  const clock = status.value?.local?.clock;
  const moved = ({ now }: ClockState) => `The stack is at ${inMinutes(now)}.`;
  const move = (seconds: number) => `curl --json '{"advance":${seconds}}' ${emulator}/_emulator/clock`;
  return (
    <section class="panel">
      <h2>Clock</h2>
      {clock !== undefined && (
        <p>
          The stack is at <strong>{inMinutes(clock.now)}</strong>
          {clock.aheadSeconds > 0
            ? `, ${until(clock.aheadSeconds)} ahead of this machine.`
            : ", as this machine."}
        </p>
      )}
      <p class="quiet">
        Everything that is due until then happens, in order, and is delivered: trials end, periods renew,
        failed payments are tried again, schedules run. Time goes forward only.
      </p>
      <p class="buttons">
        {steps.map(({ name, seconds }) => (
          <Action<ClockState>
            key={name}
            label={`Move ${name}`}
            does={`The clock of the local stack moves ${name} forward. What is due until then happens. It cannot be moved back.`}
            command={move(seconds)}
            path="time/clock"
            body={{ seconds }}
            tell={moved}
          />
        ))}
      </p>
      <div class="fields">
        <label>
          Time in UTC
          <input
            type="datetime-local"
            value={to.value}
            onInput={({ currentTarget }) => {
              to.value = currentTarget.value;
            }}
          />
        </label>
        <Action<ClockState>
          label="Move to this time"
          does={`The clock of the local stack moves to ${inMinutes(to.value)}. What is due until then happens. It cannot be moved back.`}
          command={move(secondsUntil(to.value, clock))}
          path="time/clock"
          body={{ to: to.value }}
          tell={moved}
        />
      </div>
    </section>
  );
}

/** 0 for a text that is no time. */
function secondsUntil(to: string, clock: ClockState | undefined): number {
  const time = Date.parse(`${to}Z`);
  return Number.isNaN(time) || clock === undefined ? 0 : Math.ceil((time - Date.parse(clock.now)) / 1000);
}
