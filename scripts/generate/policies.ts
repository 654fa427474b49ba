/** The rules of all policies -> generated/policy.ts, as the Lambdas bundle them. */
import type { PolicyRule } from "../../lib/policy/policy.ts";
import { BANNER, type Output } from "./output.ts";

export function generatePolicies(output: Output, rules: readonly PolicyRule[]): void {
  output.write(
    "policy.ts",
    `${BANNER}import { createPolicy } from "../lib/policy/decide.ts";

export const policy = createPolicy(${JSON.stringify(rules, undefined, 2)});
`,
  );
}
