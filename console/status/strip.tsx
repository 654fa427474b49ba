/** The strip on top of every view: what is shown, as whom, and what is switched on. */
import "./strip.css";
import { useEffect } from "preact/hooks";
import type { LocalState, ShownTarget } from "../../scripts/console/status/routes.ts";
import type { Movement } from "../../scripts/console/time/clock.ts";
import { href } from "../router.ts";
import { inMinutes, until } from "../time/words.ts";
import { followStatus, status, statusProblem } from "./status.ts";

export function Strip() {
  useEffect(followStatus, []);
  const { target, local } = status.value ?? {};
  return (
    <section class={`strip ${kindOf(target)}`} aria-label="What this shows">
      {target !== undefined && <Target {...target} />}
      {local !== undefined && <Local {...local} />}
      {statusProblem.value !== undefined && (
        <span role="alert" class="lost">
          ✕ {statusProblem.value.message}
        </span>
      )}
    </section>
  );
}

/** What is switched on, each with a link to where it is switched off. */
function Local({ problem, clock, faults, sample }: LocalState) {
  if (problem !== undefined)
    return (
      <strong role="alert" class="lost">
        ✕ {problem}.
      </strong>
    );
  const { moving } = clock ?? {};
  return (
    <>
      {sample !== undefined && (
        <a class="on" href={href("time")}>
          <progress max={30} value={sample.day} aria-label="Sample data" /> Sample data: day {sample.day} of
          30, {sample.told} of {sample.customers} customers are done
        </a>
      )}
      {clock !== undefined && moving !== undefined && (
        <a class="on" href={href("time")}>
          <progress {...progressOf(clock.now, moving)} aria-label="The clock moves" /> The clock moves:{" "}
          {inMinutes(clock.now)} of {inMinutes(moving.to)}
        </a>
      )}
      {clock !== undefined && moving === undefined && clock.aheadSeconds > 0 && (
        <a class="on" href={href("time")}>
          → The clock is {until(clock.aheadSeconds)} ahead: {inMinutes(clock.now)}
        </a>
      )}
      {faults.length > 0 && (
        <a class="on" href={href("time")}>
          ⚠ {faults.length === 1 ? "1 fault is ordered" : `${faults.length} faults are ordered`}:{" "}
          {faults.map(({ title, left }) => `${title.toLowerCase()}, ${left}`).join("; ")}
        </a>
      )}
    </>
  );
}

function progressOf(now: string, { from, to }: Movement) {
  const [at, start, end] = [now, from, to].map((time) => Date.parse(time) / 1000);
  return { max: (end ?? 1) - (start ?? 0), value: Math.max(0, (at ?? 0) - (start ?? 0)) };
}

function kindOf(target: ShownTarget | undefined): string {
  if (target?.stage === undefined) return "local";
  return target.stage === "prod" ? "prod" : "stage";
}

function Target({ stage, region, account, operator }: ShownTarget) {
  if (stage === undefined) return <span>Local stack</span>;
  return (
    <>
      <strong>Stage {stage}</strong>
      <span>{region}</span>
      {account !== undefined && <span>account {account}</span>}
      <span>{"id" in operator ? operator.id.replace("operator:", "") : `✕ ${operator.problem}`}</span>
      <strong>Reading only: an action asks for the stage's name</strong>
      <a href={href("access")}>What this shell may read</a>
    </>
  );
}
