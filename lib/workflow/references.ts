/** The references in a step's input template, each with its place in the file. */
import type { YamlNode } from "../contract/yaml-source.ts";

export interface Reference {
  readonly node: YamlNode;
  /** `steps.create-customer.output.customerId` */
  readonly path: readonly string[];
  /** True when the reference is the whole value and so keeps its type. */
  readonly whole: boolean;
}

const SEGMENT = /^[A-Za-z0-9_-]+$/;

/** Every reference below `node`. A malformed one is noted at its place and left out. */
export function referencesIn(node: YamlNode): Reference[] {
  const nested = node.items ?? node.entries?.map((entry) => entry.value);
  if (nested !== undefined) return nested.flatMap(referencesIn);
  const text = node.text ?? "";
  const opened = text.split("${").length - 1;
  const found = [...text.matchAll(/\$\{([^{}]*)\}/g)];
  if (opened !== found.length) node.issue("a reference is opened but not closed; it ends with }");
  return found.flatMap(([reference, inner = ""]) => {
    const path = inner.trim().split(".");
    if (path.length < 2 || !path.every((segment) => SEGMENT.test(segment))) {
      node.issue(
        `${reference} is not a reference; use \${input.<name>}, \${steps.<id>.output.<name>} or \${error.message}`,
      );
      return [];
    }
    return [{ node, path, whole: text === reference }];
  });
}
