/** What is known of a step's inputs and outputs: its capability's contract, or the event that it waits for. */
import type { Fields } from "../contract/field.ts";
import type { KnownContracts } from "../contract/load-contract.ts";
import type { YamlNode } from "../source/yaml-source.ts";
import { inputOfWait, outputsOfWait } from "./wait.ts";
import type { WorkflowStep } from "./workflow.ts";

export interface StepContract {
  readonly inputs: Fields;
  readonly outputs: Fields;
}

/** Undefined if the step calls a capability that does not exist, or whose contract has mistakes. */
export function contractOf(
  { wait, capability }: WorkflowStep,
  contracts: KnownContracts,
): StepContract | undefined {
  if (wait === undefined) return contracts.get(capability);
  return { inputs: { object: inputOfWait(wait) }, outputs: outputsOfWait(wait) };
}

/** The place of what the step is given, with its references. */
export function inputsNode({ wait, node }: WorkflowStep): YamlNode | undefined {
  return node.get(wait === undefined ? "inputs" : "wait");
}

/** For messages: `capability send-email`, or `step wait-for-payment`. */
export function nameOfStep({ wait, id, capability }: WorkflowStep): string {
  return wait === undefined ? capability : `step ${id}`;
}
