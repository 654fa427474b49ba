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
  { checkingInputs, findingCustomers }: Pick<Operations, "checkingInputs" | "findingCustomers">,
): void {
  for (const { capabilityId, provider, readOnly } of contracts) {
    const checksInputs = checkingInputs.has(capabilityId);
    const importedCheck = checksInputs
      ? `import { checkInputs } from "../../functions/${capabilityId}/check-inputs.ts";\n`
      : "";
    const findsCustomer = findingCustomers.has(capabilityId);
    const importedFinder = findsCustomer
      ? `import { findCustomer } from "../../functions/${capabilityId}/find-customer.ts";\n`
      : "";
    const [transport, handlerOf] =
      readOnly === true ? ["reading-handler", "readingHandler"] : ["capability-handler", "capabilityHandler"];
    const callsStripe = provider.type === "stripe";
    const importedSdk = callsStripe
      ? `import { onStartUp } from "../../lib/start-up.ts";\nimport { loadStripeSdk } from "../../lib/stripe/stripe-sdk.ts";\n`
      : "";
    // Lambda has the most CPU time while a function starts, and every call of such a capability needs the SDK.
    const loading = callsStripe ? "\nonStartUp(loadStripeSdk);\n" : "";
    output.write(
      `handlers/${capabilityId}.ts`,
      `${BANNER}${importedCheck}${importedFinder}import { ${provider.operation} } from "../../functions/${capabilityId}/operation.ts";
${importedSdk}import { ${handlerOf} } from "../../lib/transport/${transport}.ts";
import { contract } from "../capabilities/${capabilityId}.ts";
import { policy } from "../policy.ts";
${loading}
export const handler = ${handlerOf}({
  contract,${checksInputs ? "\n  checkInputs," : ""}${findsCustomer ? "\n  findCustomer," : ""}
  operation: ${provider.operation},
  policy,
});
`,
    );
  }
}
