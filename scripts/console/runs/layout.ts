/**
 * Lays out a workflow as a graph, top to bottom: a step is below every step that leads to it. The steps of a run without a failure are in
 * the first column. Lines run between rows and columns only, so that no line crosses a step. Pure.
 */

export interface LaidOutStep {
  readonly id: string;
  readonly onSuccess?: string;
  readonly onFailure?: string;
}

export interface Node {
  readonly id: string;
  /** Of the upper left corner. */
  readonly x: number;
  readonly y: number;
}

export type EdgeKind = "success" | "failure";

export interface Edge {
  readonly from: string;
  readonly to: string;
  readonly kind: EdgeKind;
  /** The corners of the line; the first is at the step that it leaves. */
  readonly points: readonly (readonly [x: number, y: number])[];
}

export interface Graph {
  readonly width: number;
  readonly height: number;
  readonly nodes: readonly Node[];
  readonly edges: readonly Edge[];
}

/** In pixels. */
export const NODE = { width: 240, height: 64 } as const;
const MARGIN = 12;
/** Between columns: room for the lines that go past a row. */
const LANE = 72;
/** Between rows: room for the lines that turn towards a step. */
const ROW_GAP = 48;
const LINE_GAP = 8;

/** `steps`: the first is where the run begins. Transitions to steps that do not exist are left out; there are no cycles. */
export function layOut(steps: readonly LaidOutStep[]): Graph {
  const transitions = transitionsOf(steps);
  const cells = cellsOf(steps, transitions);
  const nodes = steps.map(({ id }): Node => {
    const { row, column } = cells.get(id) ?? { row: 0, column: 0 };
    return {
      id,
      x: MARGIN + column * (NODE.width + LANE),
      y: MARGIN + row * (NODE.height + ROW_GAP),
    };
  });
  const edges = edgesOf(transitions, new Map(nodes.map((node) => [node.id, node])));
  const far = (values: readonly number[]) => Math.max(0, ...values) + MARGIN;
  return {
    width: far([
      ...nodes.map(({ x }) => x + NODE.width),
      ...edges.flatMap(({ points }) => points.map(([x]) => x)),
    ]),
    height: far(nodes.map(({ y }) => y + NODE.height)),
    nodes,
    edges,
  };
}

type Transition = Omit<Edge, "points">;

export function transitionsOf(steps: readonly LaidOutStep[]): Transition[] {
  const known = new Set(steps.map(({ id }) => id));
  return steps.flatMap(({ id, onSuccess, onFailure }): Transition[] => [
    ...(onSuccess !== undefined && known.has(onSuccess)
      ? [{ from: id, to: onSuccess, kind: "success" } as const]
      : []),
    ...(onFailure !== undefined && known.has(onFailure)
      ? [{ from: id, to: onFailure, kind: "failure" } as const]
      : []),
  ]);
}

interface Cell {
  readonly row: number;
  readonly column: number;
}

/** A step's row is the longest way to it. Two steps are never in one cell. */
function cellsOf(
  steps: readonly LaidOutStep[],
  transitions: readonly Transition[],
): ReadonlyMap<string, Cell> {
  const main = mainPath(steps);
  const rows = new Map<string, number>();
  const rowOf = (id: string): number => {
    const known = rows.get(id);
    if (known !== undefined) return known;
    const before = transitions.filter(({ to }) => to === id).map(({ from }) => rowOf(from));
    const row = before.length === 0 ? 0 : Math.max(...before) + 1;
    rows.set(id, row);
    return row;
  };
  const taken = new Map<number, number>();
  return new Map(
    steps.map(({ id }): [string, Cell] => {
      const row = rowOf(id);
      if (main.has(id)) return [id, { row, column: 0 }];
      const column = Math.max(1, taken.get(row) ?? 1);
      taken.set(row, column + 1);
      return [id, { row, column }];
    }),
  );
}

function mainPath(steps: readonly LaidOutStep[]): ReadonlySet<string> {
  const path = new Set<string>();
  for (let step = steps[0]; step !== undefined && !path.has(step.id); ) {
    path.add(step.id);
    const next = step.onSuccess;
    step = steps.find(({ id }) => id === next);
  }
  return path;
}

function edgesOf(transitions: readonly Transition[], nodes: ReadonlyMap<string, Node>): Edge[] {
  /** How many lines are in a lane or arrive at a step already. */
  const used = new Map<string, number>();
  const next = (place: string) => {
    const count = used.get(place) ?? 0;
    used.set(place, count + 1);
    return count;
  };
  return transitions.flatMap((transition): Edge[] => {
    const from = nodes.get(transition.from);
    const to = nodes.get(transition.to);
    if (from === undefined || to === undefined) return [];
    const isBelow = from.x === to.x && to.y - from.y === NODE.height + ROW_GAP;
    if (isBelow && transition.kind === "success") {
      const middle = from.x + NODE.width / 2;
      return [
        {
          ...transition,
          points: [
            [middle, from.y + NODE.height],
            [middle, to.y],
          ],
        },
      ];
    }
    // Failures leave in the lower half of the side, successes in the upper half.
    const leaves = from.y + NODE.height * (transition.kind === "failure" ? 0.7 : 0.3);
    const lane = from.x + NODE.width + LINE_GAP * (2 + (next(`lane ${from.x}`) % 6));
    const arrival = next(`step ${to.id}`);
    const arrives = to.x + NODE.width - 16 - 12 * (arrival % 7);
    const turns = to.y - 12 - 6 * (arrival % 5);
    return [
      {
        ...transition,
        points: [
          [from.x + NODE.width, leaves],
          [lane, leaves],
          [lane, turns],
          [arrives, turns],
          [arrives, to.y],
        ],
      },
    ];
  });
}
