/** A capability's contract.yml, read and checked. No I/O: the caller hands in the text. */

import { present } from "../../present.ts";
import { SourceError } from "../source/source-issue.ts";
import { YamlSource } from "../source/yaml-source.ts";
import type { Fields } from "./field.ts";
import { readFields } from "./read-fields.ts";

export interface Contract {
  readonly capabilityId: string;
  readonly description?: string;
  readonly provider: { readonly type: string; readonly operation: string };
  readonly inputs: Fields;
  readonly outputs: Fields;
}

const CONTRACT_KEYS = ["capabilityId", "version", "description", "provider", "inputs", "outputs"];

/** The contract in `text`. Throws a SourceError with every issue, each with file, line and column. */
export function loadContract(file: string, text: string): Contract {
  const source = new YamlSource(file, text);
  const { root } = source;
  root.knownEntries("the contract", CONTRACT_KEYS);

  const capabilityId = root.get("capabilityId")?.text ?? "";
  if (!/^[a-z][a-z0-9]*(-[a-z0-9]+)*$/.test(capabilityId)) {
    (root.get("capabilityId") ?? root).issue(
      "capabilityId must be lowercase words joined by hyphens, such as send-email",
    );
  }
  const provider = root.get("provider");
  provider?.knownEntries("provider", ["type", "operation"]);
  const type = provider?.get("type")?.text ?? "";
  const operation = provider?.get("operation")?.text ?? "";
  if (type === "") (provider ?? root).issue("provider.type must name the provider, such as stripe");
  if (!/^[A-Za-z_$][\w$]*$/.test(operation)) {
    (provider?.get("operation") ?? provider ?? root).issue(
      "provider.operation must name the function that operation.ts exports",
    );
  }
  const description = root.get("description")?.text;
  const contract: Contract = {
    capabilityId,
    ...present({ description }),
    provider: { type, operation },
    inputs: readFields(root.get("inputs"), "inputs"),
    outputs: readFields(root.get("outputs"), "outputs"),
  };
  if (source.issues.length > 0) throw new SourceError(source.issues);
  return contract;
}
