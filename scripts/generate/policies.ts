/**
 * The rules of all policies -> generated/policy.ts, as the Lambdas bundle them: with compiled conditions. A condition outside of
 * CEL's common part stays as it is, and brings cel-js into every bundle.
 */
import { compileCondition } from "../../lib/compiler/policy/compile-condition.ts";
import type { Tree } from "../../lib/policy/compiled-condition.ts";
import { parseCondition } from "../../lib/policy/condition.ts";
import type { PolicyRule } from "../../lib/policy/policy.ts";
import { isRecord } from "../../lib/untrusted.ts";
import { BANNER, type Output } from "./output.ts";

export function generatePolicies(output: Output, rules: readonly PolicyRule[]): void {
  const trees = rules.flatMap(({ id, condition }) => {
    const tree = treeOf(condition);
    return tree === undefined ? [] : [[id, tree] as const];
  });
  const isComplete = trees.length === rules.length;
  output.write(
    "policy.ts",
    `${BANNER}import { compiledCondition, type Tree } from "../lib/policy/compiled-condition.ts";
${isComplete ? "" : 'import { interpretedCondition } from "../lib/policy/condition.ts";\n'}import { policyWith } from "../lib/policy/decide.ts";
import type { PolicyRule } from "../lib/policy/policy.ts";

const rules: readonly PolicyRule[] = ${JSON.stringify(rules, undefined, 2)};

/** By the id of the rule. */
const conditions = new Map<string, Tree>([
${trees.map(([id, tree]) => `  [${JSON.stringify(id)}, ${codeOf(tree)}],\n`).join("")}]);

export const policy = policyWith(rules, ({ id, condition }) => {
  const tree = conditions.get(id);
  ${
    isComplete
      ? `if (tree === undefined) throw new Error(\`The condition of the rule \${id} is not compiled: npm run generate\`);
  return compiledCondition(condition, tree);`
      : "return tree === undefined ? interpretedCondition(condition) : compiledCondition(condition, tree);"
  }
});
`,
  );
}

function treeOf(condition: string): Tree | undefined {
  const parsed = parseCondition(condition);
  const { valid, type } = parsed.check();
  return valid && type === "bool" ? compileCondition(parsed.ast) : undefined;
}

/** As TypeScript: JSON has no integers of CEL. */
function codeOf(tree: unknown): string {
  if (Array.isArray(tree)) return `[${tree.map(codeOf).join(",")}]`;
  if (isRecord(tree)) {
    const entries = Object.entries(tree).map(([key, value]) => `${JSON.stringify(key)}:${codeOf(value)}`);
    return `{${entries.join(",")}}`;
  }
  return typeof tree === "bigint" ? `${tree}n` : JSON.stringify(tree);
}
