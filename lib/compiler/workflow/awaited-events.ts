import type { Workflow } from "./workflow.ts";

/** The event types that end or fail waiting steps of the workflows, in alphabetical order. */
export function awaitedEvents(workflows: readonly Workflow[]): readonly string[] {
  const types = workflows.flatMap(({ steps }) =>
    steps.flatMap(({ wait }) => (wait === undefined ? [] : [...wait.events, ...wait.failOn])),
  );
  return [...new Set(types)].sort();
}
