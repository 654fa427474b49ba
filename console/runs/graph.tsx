/** The graph of a workflow: steps with their states, and the transitions between them. */
import type { RunEdge, RunGraph } from "../../scripts/console/runs/run-graph.ts";
import type { StepView } from "../../scripts/console/runs/step-view.ts";
import { duration } from "./duration.ts";
import { shownStep, wordsOf } from "./state.tsx";

/** As scripts/console/runs/layout.ts lays them out. */
const WIDTH = 240;
const HEIGHT = 64;
/** About as many characters fit into a step. */
const MOST_CHARACTERS = 32;

export interface GraphProps {
  readonly graph: RunGraph;
  readonly steps: readonly Pick<StepView, "id" | "capability" | "state" | "attempts" | "durationMs">[];
  /** Whether the states are those of a run; otherwise the graph is of the workflow alone. */
  readonly isOfRun: boolean;
  readonly chosen?: string | undefined;
  readonly onChoose?: (step: string) => void;
}

export function Graph({ graph, steps, isOfRun, chosen, onChoose }: GraphProps) {
  const { width, height, nodes, edges } = graph;
  return (
    <figure class="graph">
      {/* biome-ignore lint/a11y/noNoninteractiveTabindex: a wide graph is scrolled by keyboard */}
      {/* biome-ignore lint/a11y/useSemanticElements: a part of a figure that scrolls has no element of its own */}
      <div class="graph-frame" tabIndex={0} role="region" aria-label="Graph of the steps">
        {/* biome-ignore lint/a11y/noSvgWithoutTitle: a title would be a tooltip over every step; the frame has the name */}
        <svg width={width} height={height} viewBox={`0 0 ${width} ${height}`}>
          <defs>
            <marker
              id="arrow"
              viewBox="0 0 8 8"
              refX="7"
              refY="4"
              markerWidth="8"
              markerHeight="8"
              markerUnits="userSpaceOnUse"
              orient="auto"
            >
              <path d="M0 0 L8 4 L0 8 z" class="arrow" />
            </marker>
          </defs>
          {edges.map((edge) => (
            <Line key={`${edge.from} ${edge.kind}`} edge={edge} isOfRun={isOfRun} />
          ))}
          {nodes.map(({ id, x, y }) => {
            const step = steps.find((each) => each.id === id);
            if (step === undefined) return null;
            const { sign, tone } = shownStep(step.state);
            const took = step.durationMs === undefined ? "" : `, ${duration(step.durationMs)}`;
            const words = isOfRun ? `${sign} ${wordsOf(step)}${took}` : "";
            return (
              <g
                key={id}
                transform={`translate(${x} ${y})`}
                class={`node ${isOfRun ? `${tone} ${step.state}` : ""} ${id === chosen ? "chosen" : ""}`}
                {...(onChoose === undefined
                  ? {}
                  : {
                      role: "button",
                      // SVG knows it by this spelling only.
                      tabindex: 0,
                      "aria-pressed": id === chosen,
                      onClick: () => onChoose(id),
                      onKeyDown: (event: KeyboardEvent) => {
                        if (event.key !== "Enter" && event.key !== " ") return;
                        event.preventDefault();
                        onChoose(id);
                      },
                    })}
              >
                <rect width={WIDTH} height={HEIGHT} rx="8" />
                <text x="12" y="19" class="name">
                  {shortened(id)}
                </text>{" "}
                <text x="12" y="36" class="capability">
                  {shortened(step.capability)}
                </text>{" "}
                <text x="12" y="53" class="words">
                  {shortened(words)}
                </text>
              </g>
            );
          })}
        </svg>
      </div>
      <figcaption class="quiet">
        Solid lines follow a success, dashed ones a failure
        {isOfRun ? "; thick lines were taken, thin ones were not." : "."}
      </figcaption>
    </figure>
  );
}

function Line({ edge, isOfRun }: { readonly edge: RunEdge; readonly isOfRun: boolean }) {
  const path = edge.points.map(([x, y], at) => `${at === 0 ? "M" : "L"}${x} ${y}`).join(" ");
  const style = isOfRun ? (edge.taken ? "taken" : "not-taken") : "";
  return (
    <path d={path} class={`edge ${edge.kind} ${style}`} marker-end="url(#arrow)">
      <title>
        {edge.from} to {edge.to} after a {edge.kind}
        {isOfRun ? (edge.taken ? ", taken" : ", not taken") : ""}
      </title>
    </path>
  );
}

const shortened = (text: string) =>
  text.length > MOST_CHARACTERS ? `${text.slice(0, MOST_CHARACTERS - 1)}…` : text;
