/** What is recorded of a run, whatever order the reports about it arrive in. */
import { describe, expect, it } from "@jest/globals";
import fc from "fast-check";
import { executionName, runOfExecution } from "../../../lib/workflow/execution-name.ts";
import { type RowState, type RunRow, readRow, writeRow } from "../../../lib/workflow/run-row.ts";
import { localAws } from "../../steps/given.ts";
import { someRunId } from "./some-run-id.ts";

localAws();

const ENDS: readonly RowState[] = ["completed", "failed", "cancelled"];

describe("the row of a run", () => {
  it("only moves forward: reports that are late or come twice change nothing", async () => {
    const story = fc.array(fc.constantFrom(...ENDS), { minLength: 1, maxLength: 3 });
    await fc.assert(
      fc.asyncProperty(story, fc.infiniteStream(fc.nat()), async (ends, order) => {
        const common = {
          runId: someRunId(),
          workflowId: "ship-order",
          version: "1.0.0",
          owner: { id: "till" },
        };
        const rows = ends.flatMap((end, index): RunRow[] =>
          (["running", end] as const).map((status) => ({
            ...{ ...common, status, execution: index + 1, startedAt: "2026-11-27T08:00:00.000Z" },
          })),
        );
        const reports = [...rows, ...rows]
          .map((row) => [row, order.next().value ?? 0] as const)
          .sort(([, a], [, b]) => a - b);
        for (const [row] of reports) await writeRow(row, new Date());
        expect(await readRow(common.runId)).toEqual(rows.at(-1));
      }),
      { numRuns: 20 },
    );
  });
});

describe("the name of an execution", () => {
  it("leads back to its run", () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 999_999 }), (execution) => {
        const runId = someRunId();
        const name = executionName(runId, execution);
        expect(name.length).toBeLessThanOrEqual(80);
        expect(runOfExecution(name)).toEqual({ runId, execution });
      }),
    );
  });

  it.each(["-0", "-1", "-01", "-2-3", "-x", "x", " "])("a run's id with %j after it names none", (more) => {
    expect(runOfExecution(`${someRunId()}${more}`)).toBeUndefined();
  });
});
