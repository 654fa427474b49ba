/** Checks every contract's operation, its check of inputs and its search for a customer against the exports of its folder's modules. */
import { existsSync } from "node:fs";
import { dirname, join } from "node:path";
import type { SourceIssue } from "../../lib/compiler/source/source-issue.ts";
import { nearest } from "../../lib/contract/suggestion.ts";
import type { ContractFile } from "./load-contracts.ts";
import { exportsOf } from "./operation-exports.ts";

export interface Operations {
  /** The capabilities that have rules of their own for their inputs, in check-inputs.ts. */
  readonly checkingInputs: ReadonlySet<string>;
  /** The capabilities that can find the customer of the object in their inputs, in find-customer.ts. */
  readonly findingCustomers: ReadonlySet<string>;
  /** The mistakes in the modules themselves. */
  readonly issues: readonly SourceIssue[];
}

const CHECK = "checkInputs";
const FINDER = "findCustomer";

/** Adds an issue to a contract's source when its operation is missing, or another module of its folder does not export what is looked for. */
export async function checkOperations(root: string, files: readonly ContractFile[]): Promise<Operations> {
  const checkingInputs = new Set<string>();
  const findingCustomers = new Set<string>();
  const issues: SourceIssue[] = [];
  const namesIn = async (file: string) => {
    const found = await exportsOf(root, file);
    if (!found.ok) issues.push(...found.issues);
    return found.ok ? found.names : undefined;
  };
  await Promise.all(
    files.map(async ({ contract, source }) => {
      const { capabilityId, provider } = contract;
      const place = source.root.get("provider")?.get("operation") ?? source.root;
      const folder = dirname(source.file);
      const noteModule = async (module: string, wanted: string, capabilities: Set<string>) => {
        if (!existsSync(join(root, folder, module))) return;
        capabilities.add(capabilityId);
        const names = await namesIn(join(folder, module));
        if (names?.includes(wanted) === false)
          place.issue(`${module} does not export ${wanted}; it exports ${names.join(", ") || "nothing"}`);
      };
      await noteModule("check-inputs.ts", CHECK, checkingInputs);
      await noteModule("find-customer.ts", FINDER, findingCustomers);
      const file = join(folder, "operation.ts");
      if (!existsSync(join(root, file))) {
        const what = provider.operation || "the function that provider.operation names";
        place.issue(`the contract's folder has no operation.ts; it must export ${what}`);
        return;
      }
      const names = await namesIn(file);
      if (names === undefined) return;
      for (const [name, module] of [
        [CHECK, "check-inputs.ts"],
        [FINDER, "find-customer.ts"],
      ] as const)
        if (names.includes(name))
          place.issue(`${name} belongs in ${module}; in operation.ts nothing calls it`);
      if (provider.operation !== "" && !names.includes(provider.operation))
        place.issue(notExported(provider.operation, names));
    }),
  );
  return { checkingInputs, findingCustomers, issues };
}

function notExported(operation: string, names: readonly string[]): string {
  const near = nearest(operation, names);
  const message = `operation.ts does not export "${operation}"; it exports ${names.join(", ") || "nothing"}`;
  return near === undefined ? message : `${message}; did you mean "${near}"?`;
}
