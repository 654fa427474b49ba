/** Checks every contract's operation against the exports of its operation.ts. */
import { existsSync } from "node:fs";
import { dirname, join } from "node:path";
import type { SourceIssue } from "../../lib/compiler/source/source-issue.ts";
import { nearest } from "../../lib/contract/suggestion.ts";
import type { ContractFile } from "./load-contracts.ts";
import { exportsOf } from "./operation-exports.ts";

export interface Operations {
  /** The names that operation.ts exports, by capability. */
  readonly exported: ReadonlyMap<string, readonly string[]>;
  /** The mistakes in the operations themselves. */
  readonly issues: readonly SourceIssue[];
}

/** Adds an issue to a contract's source when its operation is missing. */
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
        place.issue(`the contract's folder has no operation.ts; it must export ${what}`);
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
