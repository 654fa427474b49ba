/** The runs of all workflows, newest first. */
import type { RunCounts, RunList } from "../../scripts/console/runs/routes.ts";
import { Problem } from "../parts/problem.tsx";
import { Time } from "../parts/time.tsx";
import { go, href, query, withQuery } from "../router.ts";
import { useLoaded } from "../server.ts";
import { duration } from "./duration.ts";
import { Reading } from "./reading.tsx";
import { RunState } from "./state.tsx";
import { usePolled } from "./use-polled.ts";

export function RunListView() {
  const { value, problem } = usePolled<RunList>(`runs?${query.value}`);
  const workflow = query.value.get("workflow") ?? "";
  return (
    <>
      <h1>Runs</h1>
      <Problem of={problem} />
      <Reading value={value} problem={problem} />
      {value !== undefined && (
        <>
          <Filters list={value} />
          <Counts workflow={workflow} newest={value.runs[0]} />
          {value.runs.length === 0 ? (
            <p class="empty">No run fits. Start one, and it shows here at once.</p>
          ) : (
            <Rows list={value} />
          )}
          {value.next !== undefined && <a href={withQuery({ after: value.next })}>Older runs</a>}
        </>
      )}
      <h2>Start a run</h2>
      <ul>
        {value?.workflowIds.map((id) => (
          <li key={id}>
            <a href={href("runs", "start", id)}>{id}</a>
          </li>
        ))}
      </ul>
    </>
  );
}

function Filters({ list: { workflowIds, statuses } }: { readonly list: RunList }) {
  const choose = (name: string, value: string) => go(withQuery({ [name]: value, after: "" }));
  return (
    <form class="filters">
      <Choice
        label="Workflow"
        values={workflowIds}
        chosen={query.value.get("workflow") ?? ""}
        onChoose={(value) => choose("workflow", value)}
      />
      <Choice
        label="Status"
        values={statuses}
        chosen={query.value.get("status") ?? ""}
        onChoose={(value) => choose("status", value)}
      />
    </form>
  );
}

interface ChoiceProps {
  readonly label: string;
  readonly values: readonly string[];
  readonly chosen: string;
  readonly onChoose: (value: string) => void;
}

function Choice({ label, values, chosen, onChoose }: ChoiceProps) {
  return (
    <div>
      <label for={`filter-${label}`}>{label}</label>
      <select
        id={`filter-${label}`}
        value={chosen}
        onChange={({ currentTarget }) => onChoose(currentTarget.value)}
      >
        <option value="">all</option>
        {values.map((value) => (
          <option key={value}>{value}</option>
        ))}
      </select>
    </div>
  );
}

/** Counted again when the newest run is another one, or has changed. */
function Counts({ workflow, newest }: { readonly workflow: string; readonly newest: unknown }) {
  const path = `run-counts?${workflow === "" ? "" : `workflow=${encodeURIComponent(workflow)}`}`;
  const { value } = useLoaded<RunCounts>(`${path}#${JSON.stringify(newest)}`);
  return (
    <ul class="counts" aria-label="How many runs">
      {value?.counts.map(({ status, count, isMore }) => (
        <li key={status}>
          <RunState state={status} /> {isMore ? `more than ${count}` : count}
        </li>
      ))}
    </ul>
  );
}

function Rows({ list }: { readonly list: RunList }) {
  return (
    <table class="run-rows">
      <caption class="unseen">Runs, newest first</caption>
      <thead>
        <tr>
          <th scope="col">Run</th>
          <th scope="col">Workflow</th>
          <th scope="col">Status</th>
          <th scope="col">Began</th>
          <th scope="col">Took</th>
          <th scope="col">Started by</th>
        </tr>
      </thead>
      <tbody>
        {list.runs.map((run) => (
          <tr key={run.runId}>
            <th scope="row">
              <a href={href("runs", run.runId)}>
                <code>{run.runId.slice(0, 12)}…</code>
              </a>
            </th>
            <td>{run.workflowId}</td>
            <td>
              <RunState state={run.status} />
              {run.error !== undefined && (
                <div class="quiet">
                  {run.error.code} {run.error.step !== undefined && `in ${run.error.step}`}
                </div>
              )}
            </td>
            <td>
              <Time at={run.startedAt} />
            </td>
            <td>{duration(run.durationMs)}</td>
            <td>{run.startedBy}</td>
          </tr>
        ))}
      </tbody>
    </table>
  );
}
