/** Every functions/<capability>/contract.yml, read and checked. */
import { globSync, readFileSync } from "node:fs";
import { dirname } from "node:path";
import { type Contract, loadContract } from "../../lib/compiler/contract/load-contract.ts";
import { SourceError, type SourceIssue } from "../../lib/compiler/source/source-issue.ts";

/** Every contract of the functions folder. Throws a SourceError with the mistakes of all files together. */
export function loadContracts(): Contract[] {
  const issues: SourceIssue[] = [];
  const contracts: Contract[] = [];
  for (const file of globSync("functions/*/contract.yml").sort()) {
    try {
      const contract = loadContract(file, readFileSync(file, "utf8"));
      if (!dirname(file).endsWith(`/${contract.capabilityId}`)) {
        issues.push({
          file,
          line: 1,
          column: 1,
          message: `capabilityId is "${contract.capabilityId}"; its folder must have that name`,
        });
      }
      contracts.push(contract);
    } catch (error) {
      if (!(error instanceof SourceError)) throw error;
      issues.push(...error.issues);
    }
  }
  if (issues.length > 0) throw new SourceError(issues);
  return contracts;
}
