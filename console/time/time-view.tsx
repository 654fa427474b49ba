/** Time and faults of the local stack: moving its clock, ordering faults, paying as the payer. */
import "./time.css";
import { useEffect } from "preact/hooks";
import type { TimePage } from "../../scripts/console/time/routes.ts";
import { Problem } from "../parts/problem.tsx";
import { useLoaded } from "../server.ts";
import { stage, status } from "../status/status.ts";
import { ClockPart } from "./clock-part.tsx";
import { FaultsPart } from "./faults-part.tsx";
import { PayForm } from "./pay-form.tsx";
import { SamplePart } from "./sample-part.tsx";

export function TimeView() {
  const { value, problem, reload } = useLoaded<TimePage>("time");
  const isRunning = status.value?.local !== undefined && status.value.local.problem === undefined;
  // The stack was started after this page was opened.
  useEffect(() => {
    if (isRunning && problem !== undefined) reload();
  }, [isRunning]);
  return (
    <>
      <h1>Time and faults</h1>
      <Problem of={problem} />
      {stage.value !== undefined && (
        <p>
          A deployed stage lives in real time, and nothing here can make it fail. Try it on the local stack.
        </p>
      )}
      {value !== undefined && stage.value === undefined && (
        <div class="time-parts">
          <div>
            <ClockPart steps={value.steps} emulator={value.emulator} />
            <SamplePart />
            <section class="panel">
              <h2>Pay as the payer</h2>
              <PayForm />
            </section>
          </div>
          <FaultsPart forms={value.forms} emulator={value.emulator} />
        </div>
      )}
    </>
  );
}
