/** Reads and checks every functions/<capability>/contract.yml. */
import { existsSync, globSync, readFileSync } from "node:fs";
import { basename, dirname, join } from "node:path";
import {
  type Contract,
  type KnownContracts,
  readContract,
} from "../../lib/compiler/contract/load-contract.ts";
import type { SourceIssue } from "../../lib/compiler/source/source-issue.ts";
import type { YamlSource } from "../../lib/compiler/source/yaml-source.ts";

/** A contract as far as it can be understood, and its source, to which later checks add issues. */
export interface ContractFile {
  readonly contract: Contract;
  readonly source: YamlSource;
}

export interface ContractFiles {
  readonly files: readonly ContractFile[];
  readonly known: KnownContracts;
  /** Mistakes in the folders; the files' own issues are in their sources. */
  readonly issues: readonly SourceIssue[];
}

/** Reads the contracts below `root`, the project's folder. */
export function readContracts(root: string): ContractFiles {
  const known = new Map<string, Contract | undefined>();
  const files = globSync("functions/*/contract.yml", { cwd: root })
    .sort()
    .map((file) => {
      const { contract, source } = readContract(file, readFileSync(join(root, file), "utf8"));
      const name = basename(dirname(file));
      const sound = source.issues.length === 0 ? contract : undefined;
      if (sound !== undefined && contract.capabilityId !== name) {
        const place = source.root.get("capabilityId");
        place?.issue(`capabilityId is "${contract.capabilityId}"; its folder must have that name`);
        // Other files may use either name, and only one of the two is wrong.
        known.set(contract.capabilityId, sound);
      }
      known.set(name, sound);
      return { contract, source };
    });
  const issues = globSync("functions/*/operation.ts", { cwd: root })
    .filter((file) => !existsSync(join(root, dirname(file), "contract.yml")))
    .map((file) => {
      known.set(basename(dirname(file)), undefined);
      const message = "the operation's folder has no contract.yml, which declares the capability";
      return { file, line: 1, column: 1, message };
    });
  return { files, known, issues };
}
