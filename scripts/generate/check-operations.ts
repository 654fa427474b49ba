/** Every contract's operation against what its operation.ts exports. */
import { existsSync } from "node:fs";
import { dirname, join } from "node:path";
import type { SourceIssue } from "../../lib/compiler/source/source-issue.ts";
import { nearest } from "../../lib/contract/suggestion.ts";
import type { ContractFile } from "./load-contracts.ts";
import { exportsOf } from "./operation-exports.ts";

export interface Operations {
  /** By capability, the names that its operation.ts exports. */
  readonly exported: ReadonlyMap<string, readonly string[]>;
  /** What is wrong with the operations themselves. */
  readonly issues: readonly SourceIssue[];
}

/** Notes in the contracts' sources what their operations lack. */
export async function checkOperations(root: string, files: readonly ContractFile[]): Promise<Operations> {
  const exported = new Map<string, readonly string[]>();
  const issues: SourceIssue[] = [];
  await Promise.all(
    files.map(async ({ contract, source }) => {
      const { capabilityId, provider } = contract;
      const place = source.root.get("provider")?.get("operation") ?? source.root;
      const file = join(dirname(source.file), "operation.ts");
      if (!existsSync(join(root, file))) {
        const what = provider.operation || "the function that provider.operation names";
        place.issue(`there is no operation.ts beside the contract; it must export ${what}`);
        return;
      }
      const found = await exportsOf(root, file);
      if (!found.ok) {
        issues.push(...found.issues);
        return;
      }
      exported.set(capabilityId, found.names);
      if (provider.operation !== "" && !found.names.includes(provider.operation))
        place.issue(notExported(provider.operation, found.names));
    }),
  );
  return { exported, issues };
}

function notExported(operation: string, names: readonly string[]): string {
  const near = nearest(operation, names);
  const message = `operation.ts does not export "${operation}"; it exports ${names.join(", ") || "nothing"}`;
  return near === undefined ? message : `${message}; did you mean "${near}"?`;
}
