/** One step of a run: its attempts, what it was given and what came of it. */
import type { StepView } from "../../scripts/console/runs/step-view.ts";
import { Time } from "../parts/time.tsx";
import { href } from "../router.ts";
import { duration } from "./duration.ts";
import { JsonBlock } from "./json-block.tsx";
import { StepState } from "./state.tsx";

export function StepDetails({ step, runId }: { readonly step: StepView; readonly runId: string }) {
  return (
    <section class="panel step-details" aria-labelledby="step-heading">
      <h2 id="step-heading" tabIndex={-1}>
        {step.id}
      </h2>
      <p>
        <StepState {...step} /> · <code>{step.capability}</code> ·{" "}
        <a href={`${href()}?id=${encodeURIComponent(runId)}`}>Calls of this run on the time line</a>
      </p>
      {step.error !== undefined && (
        <p class="problem">
          <strong>{step.error.code}</strong> {step.error.message}
        </p>
      )}
      {step.attempts.length > 0 && (
        <>
          <h3>Attempts</h3>
          <ol class="attempts">
            {step.attempts.map(({ startedAt, endedAt, error }) => (
              <li key={startedAt}>
                <Time at={startedAt} />{" "}
                {endedAt === undefined
                  ? "has not ended"
                  : `took ${duration(Date.parse(endedAt) - Date.parse(startedAt))}`}
                {error !== undefined && (
                  <>
                    {": "}
                    <strong>{error.code}</strong> {error.message}
                  </>
                )}
              </li>
            ))}
          </ol>
        </>
      )}
      <JsonBlock label="Input" value={step.input} />
      <JsonBlock label="Output" value={step.output} />
      <p class="quiet">[sealed] is what nobody can read in the history: personal data and secrets.</p>
    </section>
  );
}
