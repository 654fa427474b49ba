/**
 * The executions of a run. The first has the run's id as its name; a retry is an execution of its own, named after the run and
 * its number: `run-1f...-2`. Pure.
 */

/** The form of our run ids: any other id cannot exist and is not looked up. */
const RUN_ID = /^run-[0-9a-f]{32}$/;
const EXECUTION_NAME = /^(run-[0-9a-f]{32})(?:-([1-9]\d{0,5}))?$/;

export const isRunId = (text: string): boolean => RUN_ID.test(text);

/** The name of the run's nth execution, from 1. */
export function executionName(runId: string, execution: number): string {
  return execution === 1 ? runId : `${runId}-${execution}`;
}

/** The run that an execution of this name belongs to, and its number in the run; undefined for any other name. */
export function runOfExecution(
  name: string,
): { readonly runId: string; readonly execution: number } | undefined {
  const [, runId, number = "1"] = EXECUTION_NAME.exec(name) ?? [];
  if (runId === undefined || (name !== runId && number === "1")) return undefined;
  return { runId, execution: Number(number) };
}
