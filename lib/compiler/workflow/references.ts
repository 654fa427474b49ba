/** The references in a step's input template, each with its place in the file. */
import type { YamlNode } from "../source/yaml-source.ts";

export interface Reference {
  readonly node: YamlNode;
  /** As written: `${steps.create-customer.output.customerId}` */
  readonly text: string;
  /** `["steps", "create-customer", "output", "customerId"]` */
  readonly path: readonly string[];
  /** True when the reference is the whole value and so keeps its type. */
  readonly whole: boolean;
}

const SEGMENT = /^[A-Za-z0-9_-]+$/;
const FORMS = ["input.<name>", "steps.<id>.output.<name>", "error.message"]
  .map((path) => `\${${path}}`)
  .join(", ");

/** Every well-formed reference below `node`. */
export function referencesIn(node: YamlNode): Reference[] {
  return textsIn(node).flatMap(({ node: place, text }) =>
    [...text.matchAll(/\$\{([^{}]*)\}/g)].flatMap(([reference, inner = ""]) => {
      const path = inner.trim().split(".");
      return isReference(path) ? [{ node: place, text: reference, path, whole: text === reference }] : [];
    }),
  );
}

/** Notes text that is not valid in the dialect, or that Step Functions or CloudFormation would interpret. */
export function checkTemplate(node: YamlNode): void {
  for (const { node: place, text } of textsIn(node)) {
    const found = [...text.matchAll(/\$\{([^{}]*)\}/g)];
    if (text.split("${").length - 1 !== found.length)
      place.issue("a reference is not closed; it must end with }", "${");
    for (const [reference, inner = ""] of found) {
      if (!isReference(inner.trim().split(".")))
        place.issue(`${reference} is not a reference; the forms are ${FORMS}`, reference);
    }
    if (text.includes("#{")) place.issue("#{ has no meaning here; a reference begins with $", "#{");
  }
  checkKeys(node);
}

function checkKeys(node: YamlNode): void {
  for (const item of node.items ?? []) checkKeys(item);
  for (const { key, keyNode, value } of node.entries ?? []) {
    if (key.endsWith(".$")) keyNode.issue(`"${key}" ends in ".$", which Step Functions would read as a path`);
    if (key === "Ref" || key.startsWith("Fn::"))
      keyNode.issue(`"${key}" would be read by CloudFormation as a function; choose another name`);
    if (key.includes("${")) keyNode.issue("references belong in values, not in names", "${");
    checkKeys(value);
  }
}

function isReference(path: readonly string[]): boolean {
  return path.length >= 2 && path.every((segment) => SEGMENT.test(segment));
}

function textsIn(node: YamlNode): { readonly node: YamlNode; readonly text: string }[] {
  const nested = node.items ?? node.entries?.map((entry) => entry.value);
  if (nested !== undefined) return nested.flatMap(textsIn);
  return node.text === undefined ? [] : [{ node, text: node.text }];
}
