/** Checks what an operation returned, by its contract: a wrong result is our mistake, not the caller's. */
import { Problem } from "../errors.ts";
import type { CapabilityContract } from "./capability.ts";

/** The checked outputs. Throws INTERNAL_ERROR, for the log, that names every wrong field. */
export function checkOutputs<Inputs, Outputs>(
  contract: CapabilityContract<Inputs, Outputs>,
  outputs: Outputs,
): Outputs {
  const checked = contract.outputs.check(outputs);
  if (checked.ok) return checked.value;
  const issues = checked.issues.map((issue) => `${issue.path} ${issue.message}`).join("; ");
  throw new Problem(
    "INTERNAL_ERROR",
    `${contract.operation} returned outputs that do not fit its contract: ${issues}`,
  );
}
