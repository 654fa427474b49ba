/** The strip on top of every view: what is shown, as whom, and what is switched on. */
import "./strip.css";
import { useEffect } from "preact/hooks";
import type { ShownTarget } from "../../scripts/console/status/routes.ts";
import { followStatus, status, statusProblem } from "./status.ts";

export function Strip() {
  useEffect(followStatus, []);
  const { target } = status.value ?? {};
  return (
    <section class={`strip ${kindOf(target)}`} aria-label="What this shows">
      {target !== undefined && <Target {...target} />}
      {statusProblem.value !== undefined && (
        <span role="alert" class="lost">
          ✕ {statusProblem.value.message}
        </span>
      )}
    </section>
  );
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
    </>
  );
}
