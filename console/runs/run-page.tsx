/** One run: its graph, its steps on one line of time, what it waits for and what can be done. */
import { useEffect, useRef } from "preact/hooks";
import type { ActionView } from "../../scripts/console/runs/actions.ts";
import type { RunView } from "../../scripts/console/runs/run-view.ts";
import type { WaitView } from "../../scripts/console/runs/wait-view.ts";
import { Action } from "../parts/action.tsx";
import { IdLink } from "../parts/id-link.tsx";
import { Problem } from "../parts/problem.tsx";
import { Time } from "../parts/time.tsx";
import { go, href, query, withQuery } from "../router.ts";
import { duration } from "./duration.ts";
import { Graph } from "./graph.tsx";
import { JsonBlock } from "./json-block.tsx";
import { Reading } from "./reading.tsx";
import { ShellCommand } from "./shell-command.tsx";
import { RunState } from "./state.tsx";
import { StepDetails } from "./step-details.tsx";
import { StepsTable } from "./steps-table.tsx";
import { usePolled } from "./use-polled.ts";

export function RunPage({ runId }: { readonly runId: string }) {
  const { value: run, problem, reload } = usePolled<RunView>(`runs/${encodeURIComponent(runId)}`);
  const wanted = query.value.get("step");
  const details = useRef<HTMLDivElement>(null);
  const wasChosen = useRef(false);
  useEffect(() => {
    if (wasChosen.current) details.current?.querySelector("h2")?.focus();
    wasChosen.current = false;
  }, [wanted]);
  const step =
    run?.steps.find(({ id }) => id === wanted) ??
    run?.steps.find(({ error, state }) => error !== undefined || state === "waiting");
  return (
    <>
      <p>
        <a href={href("runs")}>All runs</a>
      </p>
      <h1>
        Run <code>{runId}</code>
      </h1>
      <Problem of={problem} />
      <Reading value={run} problem={problem} />
      {run !== undefined && (
        <>
          <Summary run={run} />
          {run.waits !== undefined && <Waits wait={run.waits} />}
          <div class="actions">
            {run.cancel !== undefined && (
              <RunChange
                action={run.cancel}
                label="Cancel this run"
                does="No further step begins. A step that is in progress may still finish, and nothing is undone."
                onDone={reload}
              />
            )}
            {run.retry !== undefined && (
              <RunChange
                action={run.retry}
                label="Retry this run"
                does="It continues with the step that failed, with the same idempotency key, so that nothing is done twice."
                onDone={reload}
              />
            )}
          </div>
          <div class="run-main">
            <Graph
              graph={run.graph}
              steps={run.steps}
              isOfRun
              chosen={step?.id}
              onChoose={(id) => {
                wasChosen.current = true;
                go(withQuery({ step: id }), { replaces: true });
              }}
            />
            <div ref={details}>
              {step === undefined ? (
                <p class="empty">Choose a step to see its attempts, its input and its output.</p>
              ) : (
                <StepDetails step={step} runId={runId} />
              )}
            </div>
          </div>
          <h2>Steps</h2>
          <StepsTable run={run} chosen={step?.id} />
          <section aria-labelledby="input-heading">
            <h2 id="input-heading">The run</h2>
            <JsonBlock label="Input of the run" value={run.input} />
            <p class="quiet">
              The texts of the input are sealed, so it cannot be started again from here with the same input.
            </p>
          </section>
        </>
      )}
    </>
  );
}

interface RunChangeProps {
  readonly action: ActionView;
  readonly label: string;
  readonly does: string;
  readonly onDone: () => void;
}

/** The console has no API key of a deployed stage: there, only the command is shown. */
function RunChange({ action: { route, command }, label, does, onDone }: RunChangeProps) {
  if (route === undefined) return <ShellCommand text={command} label={`${label} by a command`} />;
  return <Action label={label} does={does} command={command} path={route} onDone={onDone} />;
}

function Summary({ run }: { readonly run: RunView }) {
  return (
    <>
      <p class="summary" aria-live="polite">
        <RunState state={run.status} />
        <span>
          <a href={`${href("runs")}?workflow=${encodeURIComponent(run.workflowId)}`}>{run.workflowId}</a>{" "}
          {run.version}
        </span>
        <span>
          began <Time at={run.startedAt} />
        </span>
        <span>
          {run.endedAt === undefined ? "for" : "took"} {duration(run.durationMs)}
        </span>
        <span>started by {run.startedBy}</span>
        {run.customerId !== undefined && (
          <span>
            for <IdLink id={run.customerId} />
          </span>
        )}
        {run.executions > 1 && <span>{run.executions - 1} times retried</span>}
      </p>
      {run.error !== undefined && (
        <p class="problem">
          <strong>{run.error.code}</strong> {run.error.step !== undefined && `in ${run.error.step}: `}
          {run.error.message}
          {run.meaning !== undefined && (
            <>
              <br />
              <span class="quiet">{run.meaning}.</span>
            </>
          )}
        </p>
      )}
      {run.difference !== undefined && <p class="problem">{run.difference}.</p>}
    </>
  );
}

function Waits({ wait }: { readonly wait: WaitView }) {
  return (
    <section class="panel waits" aria-labelledby="waits-heading">
      <h2 id="waits-heading">It waits for {wait.events.join(" or ")}</h2>
      <p>
        The step <strong>{wait.step}</strong> waits for it to happen to{" "}
        {wait.objectId === undefined ? (
          "an object whose id is sealed in the run's input"
        ) : (
          <IdLink id={wait.objectId} />
        )}
        {wait.until !== undefined && (
          <>
            {" until "}
            <Time at={wait.until} />
          </>
        )}
        . {wait.advice}.{wait.failOn.length > 0 && ` ${wait.failOn.join(" or ")} fails the step.`}
      </p>
      {wait.command !== undefined && <ShellCommand text={wait.command} label="End the wait by a command" />}
    </section>
  );
}
