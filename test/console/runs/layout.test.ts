/** The graph of a workflow, laid out: whatever the workflow is, nothing is missing and nothing covers anything. */
import { describe, expect, it } from "@jest/globals";
import fc from "fast-check";
import {
  type Edge,
  type LaidOutStep,
  layOut,
  NODE,
  type Node,
  transitionsOf,
} from "../../../scripts/console/runs/layout.ts";
import { stepsToLayOut } from "../../../scripts/console/runs/run-graph.ts";
import { loadProject } from "../../../scripts/generate/load-project.ts";
import { tries } from "../../steps/effort.ts";

/** Steps that lead to later ones only, in an order of their own behind the first: the compiler refuses cycles. */
const steps: fc.Arbitrary<LaidOutStep[]> = fc
  .array(fc.record({ onSuccess: fc.nat(12), onFailure: fc.nat(12) }), { minLength: 1, maxLength: 12 })
  .chain((rows) => {
    const named = rows.map(({ onSuccess, onFailure }, at): LaidOutStep => {
      const later = (offset: number) =>
        at + 1 + offset < rows.length ? `step-${at + 1 + offset}` : undefined;
      const [success, failure] = [later(onSuccess), later(onFailure)];
      return {
        id: `step-${at}`,
        ...(success === undefined ? {} : { onSuccess: success }),
        ...(failure === undefined ? {} : { onFailure: failure }),
      };
    });
    const [first, ...others] = named;
    return fc
      .shuffledSubarray(others, { minLength: others.length })
      .map((shuffled) => (first === undefined ? [] : [first, ...shuffled]));
  });

describe("given any workflow without cycles", () => {
  const runs = { numRuns: tries({ sample: 300, whole: 10_000 }) };

  it("every step and every transition is in its graph once", () => {
    fc.assert(
      fc.property(steps, (given) => {
        const { nodes, edges } = layOut(given);
        expect(nodes.map(({ id }) => id)).toEqual(given.map(({ id }) => id));
        expect(edges.map(({ from, to, kind }) => ({ from, to, kind }))).toEqual(transitionsOf(given));
      }),
      runs,
    );
  });

  it("no step covers another, and all of them are inside", () => {
    fc.assert(
      fc.property(steps, (given) => {
        const { nodes, width, height } = layOut(given);
        for (const [at, one] of nodes.entries()) {
          expect(one.x + NODE.width).toBeLessThanOrEqual(width);
          expect(one.y + NODE.height).toBeLessThanOrEqual(height);
          for (const other of nodes.slice(at + 1))
            expect([one, other, areApart(one, other)]).toEqual([one, other, true]);
        }
      }),
      runs,
    );
  });

  it("a step is below every step that leads to it, and no line crosses a step", () => {
    fc.assert(
      fc.property(steps, (given) => {
        const { nodes, edges } = layOut(given);
        const yOf = (id: string) => nodes.find((node) => node.id === id)?.y ?? Number.NaN;
        for (const edge of edges) {
          expect(yOf(edge.to)).toBeGreaterThan(yOf(edge.from));
          for (const node of nodes) expect([edge, node, crosses(edge, node)]).toEqual([edge, node, false]);
        }
      }),
      runs,
    );
  });
});

describe("given the shipped workflows", () => {
  it.each(loadProject().workflows.map((workflow) => [workflow.workflowId, workflow] as const))(
    "%s runs down one column when nothing fails",
    (_id, workflow) => {
      const laidOut = stepsToLayOut(workflow);
      const { nodes } = layOut(laidOut);
      const main: string[] = [];
      for (let id = laidOut[0]?.id; id !== undefined; id = laidOut.find((step) => step.id === id)?.onSuccess)
        main.push(id);
      const [x] = nodes.map((node) => node.x);
      expect(nodes.filter(({ id }) => main.includes(id)).map((node) => node.x)).toEqual(main.map(() => x));
    },
  );
});

const areApart = (one: Node, other: Node) =>
  one.x + NODE.width < other.x ||
  other.x + NODE.width < one.x ||
  one.y + NODE.height < other.y ||
  other.y + NODE.height < one.y;

/** Whether a part of the line, all of which are level or upright, is inside of the step. */
function crosses({ points }: Edge, { x, y }: Node): boolean {
  return points.slice(1).some(([toX, toY], at) => {
    const [fromX = 0, fromY = 0] = points[at] ?? [];
    return (
      Math.max(fromX, toX) > x &&
      Math.min(fromX, toX) < x + NODE.width &&
      Math.max(fromY, toY) > y &&
      Math.min(fromY, toY) < y + NODE.height
    );
  });
}
