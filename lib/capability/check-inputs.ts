/** Checks a capability's inputs: by its contract, then by its own rules. */
import { invalidFields } from "../errors.ts";
import type { Capability } from "./capability.ts";

/** The part of a capability that its inputs are checked with. */
export interface InputChecks<Inputs> {
  readonly contract: Pick<Capability<Inputs, unknown>["contract"], "inputs">;
  readonly checkInputs?: Capability<Inputs, unknown>["checkInputs"];
}

/** The checked inputs, with defaults. Throws VALIDATION_FAILED that names every wrong field. */
export function checkedInputs<Inputs>(
  { contract, checkInputs }: InputChecks<Inputs>,
  inputs: unknown,
): Inputs {
  const checked = contract.inputs.check(inputs);
  if (checked.ok) {
    checkInputs?.(checked.value);
    return checked.value;
  }
  throw invalidFields(checked);
}
