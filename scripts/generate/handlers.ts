/**
 * functions/<capability>/operation.ts -> generated/handlers/<capability>.ts: combines contract, checks, operation and policy.
 */
import type { Contract } from "../../lib/compiler/contract/load-contract.ts";
import type { Operations } from "./check-operations.ts";
import { BANNER, type Output } from "./output.ts";

/** Generates the handler of every capability. */
export function generateHandlers(
  output: Output,
  contracts: readonly Contract[],
  checkingInputs: Operations["checkingInputs"],
): void {
  for (const { capabilityId, provider } of contracts) {
    const checksInputs = checkingInputs.has(capabilityId);
    const importedCheck = checksInputs
      ? `import { checkInputs } from "../../functions/${capabilityId}/check-inputs.ts";\n`
      : "";
    output.write(
      `handlers/${capabilityId}.ts`,
      `${BANNER}${importedCheck}import { ${provider.operation} } from "../../functions/${capabilityId}/operation.ts";
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
