/**
 * functions/<capability>/operation.ts -> generated/handlers/<capability>.ts: combines contract, operation and policy.
 */
import type { Contract } from "../../lib/compiler/contract/load-contract.ts";
import type { Operations } from "./check-operations.ts";
import { BANNER, type Output } from "./output.ts";

/** Generates the handler of every capability. */
export function generateHandlers(
  output: Output,
  contracts: readonly Contract[],
  exported: Operations["exported"],
): void {
  for (const { capabilityId, provider } of contracts) {
    const checksInputs = exported.get(capabilityId)?.includes("checkInputs") === true;
    const imported = [...(checksInputs ? ["checkInputs"] : []), provider.operation].join(", ");
    output.write(
      `handlers/${capabilityId}.ts`,
      `${BANNER}import { ${imported} } from "../../functions/${capabilityId}/operation.ts";
import { capabilityHandler } from "../../lib/transport/capability-handler.ts";
import { contract } from "../capabilities/${capabilityId}.ts";
import { policy } from "../policy.ts";

export const handler = capabilityHandler({
  contract,${checksInputs ? "\n  checkInputs," : ""}
  operation: ${provider.operation},
  policy,
});
`,
    );
  }
}
