import type { Workflow } from "./workflow.ts";

/** The event types that steps of the workflows wait for, in alphabetical order. */
export function awaitedEvents(workflows: readonly Workflow[]): readonly string[] {
  const types = workflows.flatMap(({ steps }) => steps.flatMap(({ wait }) => wait?.events ?? []));
  return [...new Set(types)].sort();
}
