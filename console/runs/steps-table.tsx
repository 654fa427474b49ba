/** The steps of a run as a table: the graph in words, with a bar for each on one line of time. */
import type { RunView } from "../../scripts/console/runs/run-view.ts";
import { Time } from "../parts/time.tsx";
import { withQuery } from "../router.ts";
import { duration } from "./duration.ts";
import { StepState } from "./state.tsx";

export function StepsTable({ run, chosen }: { readonly run: RunView; readonly chosen: string | undefined }) {
  return (
    <table class="steps">
      <caption class="unseen">The steps in the order of their workflow, and when each ran</caption>
      <thead>
        <tr>
          <th scope="col">Step</th>
          <th scope="col">State</th>
          <th scope="col">Began</th>
          <th scope="col">Took</th>
          <th scope="col" class="bars">
            Line of time: {duration(run.durationMs)}
          </th>
        </tr>
      </thead>
      <tbody>
        {run.steps.map((step) => (
          <tr key={step.id} class={step.id === chosen ? "chosen" : ""}>
            <th scope="row">
              <a href={withQuery({ step: step.id })} aria-current={step.id === chosen ? "true" : undefined}>
                {step.id}
              </a>
            </th>
            <td>
              <StepState {...step} />
            </td>
            <td>{step.startedAt === undefined ? "" : <Time at={step.startedAt} />}</td>
            <td>{step.durationMs === undefined ? "" : duration(step.durationMs)}</td>
            <td class="bars">
              {step.bar !== undefined && (
                <svg width="100%" height="14" aria-hidden="true">
                  <rect class="track" width="100%" height="14" rx="3" />
                  <rect
                    class={`bar ${step.state}`}
                    x={`${step.bar.from}%`}
                    width={`${step.bar.width}%`}
                    y="2"
                    height="10"
                    rx="2"
                  />
                </svg>
              )}
            </td>
          </tr>
        ))}
      </tbody>
    </table>
  );
}
