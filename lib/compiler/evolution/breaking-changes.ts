/** The breaking changes between two versions of a project: contracts, workflows and notifications. No I/O. */
import { fieldOf, fieldsOf, textsOf } from "../../untrusted.ts";
import { type JsonSchema, objectSchema } from "../contract/json-schema.ts";
import type { Contract } from "../contract/load-contract.ts";
import { queryFields } from "../contract/query-fields.ts";
import type { SourceIssue } from "../source/source-issue.ts";
import type { YamlNode, YamlSource } from "../source/yaml-source.ts";
import { contractOf } from "../workflow/contract-of-step.ts";
import { inputSchema } from "../workflow/infer-input.ts";
import type { Workflow } from "../workflow/workflow.ts";
import { type SchemaBreak, schemaBreaks } from "./schema-breaks.ts";

/** A file, as far as it could be read, and its source: breaks are noted there. */
interface Read<T> {
  readonly value: T;
  readonly source: YamlSource;
}

/** What callers and applications depend on. */
export interface ProjectVersion {
  readonly contracts: readonly Read<Contract>[];
  readonly workflows: readonly Read<Workflow>[];
  /** The JSON Schema of notifications; undefined if the version has none. */
  readonly notifications: YamlSource | undefined;
}

/** Each break, at its place in the new version; what was removed as a whole, at the first line of its old file. */
export function breakingChanges(before: ProjectVersion, after: ProjectVersion): readonly SourceIssue[] {
  return [
    ...before.contracts.flatMap((old) => contractBreaks(old, after)),
    ...before.workflows.flatMap((old) => workflowBreaks(old, before, after)),
    ...notificationBreaks(before.notifications, after.notifications),
  ];
}

function contractBreaks(
  { value: old, source }: Read<Contract>,
  after: ProjectVersion,
): readonly SourceIssue[] {
  const found = after.contracts.find(({ value }) => value.capabilityId === old.capabilityId);
  if (found === undefined) return [removedFile(source, `the capability ${old.capabilityId} was removed`)];
  const { value, source: place } = found;
  const { root } = place;
  return notedIn(place, () => {
    for (const found of schemaBreaks(objectSchema(old.inputs), objectSchema(value.inputs), "sent"))
      note(root, "inputs", found, `input ${nameOf(found)}`);
    for (const found of schemaBreaks(objectSchema(old.outputs), objectSchema(value.outputs), "returned"))
      note(root, "outputs", found, `output ${nameOf(found)}`);
    noteReading(root, old, value);
  });
}

/** A capability that only read needs no key, and can be called with GET. */
function noteReading(root: YamlNode, old: Contract, value: Contract): void {
  const node = root.get("readOnly") ?? root;
  if (old.readOnly === true && value.readOnly !== true) {
    node.issue("calls need an Idempotency-Key now: the capability only read before");
    return;
  }
  const [from, to] = [queryFields(old), queryFields(value)];
  if (from !== undefined && to === undefined) node.issue("GET requests are not accepted any more");
  for (const name of Object.keys(from?.types ?? {}))
    if (to?.bodyOnly.includes(name) === true)
      (root.get("inputs")?.get(name) ?? node).issue(`input ${name} is not accepted in a query any more`);
}

function workflowBreaks(
  { value: old, source }: Read<Workflow>,
  before: ProjectVersion,
  after: ProjectVersion,
): readonly SourceIssue[] {
  const found = after.workflows.find(({ value }) => value.workflowId === old.workflowId);
  if (found === undefined) return [removedFile(source, `the workflow ${old.workflowId} was removed`)];
  const { value, source: place } = found;
  const [oldKnown, known] = [contractsOf(before), contractsOf(after)];
  return notedIn(place, () => {
    for (const found of schemaBreaks(inputSchema(old, oldKnown), inputSchema(value, known), "sent"))
      note(place.root, "inputs", found, `input ${nameOf(found)}`);
    for (const step of old.steps) {
      const next = value.steps.find(({ id }) => id === step.id);
      if (next === undefined) {
        (place.root.get("steps") ?? place.root).issue(`step ${step.id} was removed, and its output with it`);
        continue;
      }
      // A change of the step's own capability is reported once, in its contract.
      if (next.capability === step.capability) continue;
      const [from, to] = [contractOf(step, oldKnown), contractOf(next, known)];
      for (const found of schemaBreaks(outputsOf(from), outputsOf(to), "returned"))
        next.node.issue(`output ${nameOf(found)} of step ${step.id} ${found.message}`);
    }
  });
}

const contractsOf = ({ contracts }: ProjectVersion) =>
  new Map(contracts.map(({ value }) => [value.capabilityId, value]));

const outputsOf = (contract: ReturnType<typeof contractOf>): JsonSchema =>
  objectSchema(contract?.outputs ?? {});

function notificationBreaks(
  before: YamlSource | undefined,
  after: YamlSource | undefined,
): readonly SourceIssue[] {
  if (before === undefined) return [];
  if (after === undefined) return [removedFile(before, "the schema of notifications was removed")];
  const [old, next] = [fieldsOf(before.root.value), fieldsOf(after.root.value)];
  const types = after.root.get("properties")?.get("type")?.get("enum");
  const left = new Set(textsOf(types?.value));
  return notedIn(after, () => {
    for (const type of textsOf(fieldOf(old, "properties", "type", "enum")))
      if (!left.has(type)) (types ?? after.root).issue(`notification ${type} was removed`);
    for (const found of schemaBreaks(old, next, "returned"))
      nodeIn(after.root, found.path, after.root).issue(
        `field ${nameOf(found)} of notifications ${found.message}`,
      );
  });
}

/** The issues that `look` notes in the source. */
function notedIn(source: YamlSource, look: () => void): readonly SourceIssue[] {
  const before = source.issues.length;
  look();
  return source.issues.slice(before);
}

function note(root: YamlNode, section: string, { path, message }: SchemaBreak, what: string): void {
  const fields = root.get(section);
  const [first = "", ...rest] = path;
  const field = fields?.get(first);
  (field === undefined ? (fields ?? root) : nodeIn(field, rest)).issue(`${what} ${message}`);
}

/** The place of the field; of the innermost field around it, if it was removed. `root`: what references are about. */
function nodeIn(node: YamlNode, path: readonly string[], root?: YamlNode): YamlNode {
  const [name, ...rest] = path;
  if (name === undefined) return node;
  const reference = node.get("$ref")?.text?.replace("#/", "").split("/") ?? [];
  const at = reference.length === 0 ? node : reference.reduce<YamlNode | undefined>(child, root);
  const next = name === "*" ? at?.get("items") : at?.get("properties")?.get(name);
  return next === undefined ? (at ?? node) : nodeIn(next, rest, root);
}

const child = (node: YamlNode | undefined, name: string) => node?.get(name);

/** `items[].priceId` */
const nameOf = ({ path }: SchemaBreak) => path.join(".").replaceAll(".*", "[]");

const removedFile = ({ file }: YamlSource, message: string): SourceIssue => ({
  file,
  line: 1,
  column: 1,
  message,
});
