/** A capability's contract.yml, read and checked. No I/O: the caller hands in the text. */

import { suggestion } from "../../contract/suggestion.ts";
import { present } from "../../present.ts";
import { SourceError } from "../source/source-issue.ts";
import { type YamlNode, YamlSource } from "../source/yaml-source.ts";
import { CAPABILITY_ID, CONTRACT_KEYS, OPERATION, PROVIDER_KEYS } from "./contract-keys.ts";
import type { Fields } from "./field.ts";
import { PROVIDERS } from "./providers.ts";
import { type Documentation, readDocumentation } from "./read-documentation.ts";
import { readFields } from "./read-fields.ts";

export interface Contract extends Documentation {
  readonly capabilityId: string;
  readonly description?: string;
  /** Whether the capability changes nothing. */
  readonly readOnly?: true;
  readonly provider: { readonly type: string; readonly operation: string };
  readonly inputs: Fields;
  readonly outputs: Fields;
}

/** By capability; undefined where the contract has mistakes, so that nothing can be checked against it yet. */
export type KnownContracts = ReadonlyMap<string, Contract | undefined>;

/** The contract in `text`. Throws a SourceError with every issue, each with file, line and column. */
export function loadContract(file: string, text: string): Contract {
  const { contract, source } = readContract(file, text);
  if (source.issues.length > 0) throw new SourceError(source.issues);
  return contract;
}

/** The contract in `text` as far as it can be understood, and its source with the issues found. */
export function readContract(
  file: string,
  text: string,
): { readonly contract: Contract; readonly source: YamlSource } {
  const source = new YamlSource(file, text);
  const { root } = source;
  root.knownEntries("the contract", CONTRACT_KEYS);
  const description = root.get("description")?.text;
  const inputs = readFields(root.get("inputs"), "inputs");
  const contract: Contract = {
    capabilityId: readCapabilityId(root),
    ...present({ description, readOnly: readsOnly(root) }),
    provider: readProvider(root),
    inputs,
    outputs: readFields(root.get("outputs"), "outputs"),
    ...readDocumentation(root, inputs),
  };
  return { contract, source };
}

function readsOnly(root: YamlNode): true | undefined {
  const node = root.get("readOnly");
  if (node === undefined || node.value === false) return undefined;
  if (node.value === true) return true;
  node.issue("readOnly must be true or false");
  return undefined;
}

function readCapabilityId(root: YamlNode): string {
  const node = root.get("capabilityId");
  const capabilityId = node?.text ?? "";
  if (!CAPABILITY_ID.test(capabilityId) && (node !== undefined || root.lacks("capabilityId", CONTRACT_KEYS)))
    (node ?? root).issue("capabilityId must be lowercase words joined by hyphens, such as send-email");
  return capabilityId;
}

function readProvider(root: YamlNode): Contract["provider"] {
  const provider = root.get("provider");
  if (provider === undefined) {
    if (root.lacks("provider", CONTRACT_KEYS))
      root.issue("the contract needs a provider, such as { type: stripe, operation: createRefund }");
    return { type: "", operation: "" };
  }
  provider.knownEntries("provider", PROVIDER_KEYS);
  const typeNode = provider.get("type");
  const type = typeNode?.text ?? "";
  if (!PROVIDERS.some((known) => known === type)) {
    if (type !== "") typeNode?.issue(`unknown provider "${type}"${suggestion(type, PROVIDERS)}`);
    else if (typeNode !== undefined || provider.lacks("type", PROVIDER_KEYS))
      (typeNode ?? provider).issue(`provider.type must name the provider: ${PROVIDERS.join(" or ")}`);
  }
  const operationNode = provider.get("operation");
  const operation = operationNode?.text ?? "";
  if (
    !OPERATION.test(operation) &&
    (operationNode !== undefined || provider.lacks("operation", PROVIDER_KEYS))
  )
    (operationNode ?? provider).issue("provider.operation must name the function that operation.ts exports");
  return { type, operation };
}
