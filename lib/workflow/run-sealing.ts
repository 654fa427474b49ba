/** The context that the sealed values of a run are bound to: a value copied into another run does not open there. */
export const runSealingContext = (runId: string): string => `run:${runId}`;
