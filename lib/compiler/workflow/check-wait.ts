/** Checks a step that waits for an event: the event types, the object, and how long all waits of a run can take. */

import { nearest } from "../../contract/suggestion.ts";
import { canHaveId, OBJECT_KINDS, type ObjectKind, objectOfEvent } from "../../events/event-objects.ts";
import { queueOf, ROUTED_EVENT_TYPES } from "../../events/event-queues.ts";
import { type Field, fieldNamed, fits, withArticle } from "../contract/field.ts";
import type { YamlNode } from "../source/yaml-source.ts";
import type { Expect } from "./check-inputs.ts";
import { type Reference, referencesIn } from "./references.ts";
import { objectOfWait, type Wait } from "./wait.ts";
import { longestMs, type Workflow, type WorkflowStep } from "./workflow.ts";
import { MAX_RUN_MS } from "./workflow-keys.ts";

/** The contract's field that a reference reads; undefined if it is not known. */
export type FieldOf = (reference: Reference) => Field | undefined;

/** Notes what is wrong with the step's `wait`. */
export function checkWait(step: WorkflowStep, wait: Wait, expect: Expect, fieldOf: FieldOf): void {
  const node = step.node.get("wait");
  const kind = objectOfWait(wait);
  for (const place of [...textNodes(node?.get("event")), ...textNodes(node?.get("failOn"))])
    checkType(place, kind);
  for (const place of textNodes(node?.get("failOn"))) {
    if (wait.events.includes(place.text ?? ""))
      place.issue(`${place.text} cannot both end and fail the wait`);
  }
  const object = node?.get("object");
  if (object !== undefined && kind !== undefined) checkObject(object, kind, expect, fieldOf);
}

/** Notes that the runs of a workflow can take longer than an execution of Step Functions. */
export function checkLength(workflow: Workflow): void {
  const last = workflow.steps.findLast(({ wait }) => wait !== undefined);
  const days = Math.ceil(longestMs(workflow) / 86_400_000);
  if (last === undefined || longestMs(workflow) <= MAX_RUN_MS) return;
  last.node
    .get("wait")
    ?.get("timeoutMs")
    ?.issue(
      `a run can last for 365 days, but with all its waits and retries this one could last for ${days}`,
    );
}

/** The texts of a value that is one, or a list of them. */
export function textNodes(node: YamlNode | undefined): YamlNode[] {
  return (node?.items ?? (node === undefined ? [] : [node])).filter(({ text }) => text !== undefined);
}

function checkType(place: YamlNode, kind: ObjectKind | undefined): void {
  const type = place.text ?? "";
  const own = objectOfEvent(type);
  if (own === undefined) {
    place.issue(
      queueOf(type) === "unrouted"
        ? `no consumer records events of the type "${type}"${meant(type)}`
        : `events of the type "${type}" have no object that a step can wait for`,
    );
  } else if (kind !== undefined && own !== kind) {
    place.issue(`${type} is about ${own.name}, but this step waits for ${kind.name}`);
  }
}

/** There are too many types to list them all. */
function meant(type: string): string {
  const near = nearest(type, ROUTED_EVENT_TYPES);
  return near === undefined
    ? "; lib/events/event-queues.ts lists the known types"
    : `; did you mean "${near}"?`;
}

function checkObject(object: YamlNode, kind: ObjectKind, expect: Expect, fieldOf: FieldOf): void {
  const references = referencesIn(object);
  const reference = references[0];
  const what = `object must be the id of ${kind.name}`;
  if (reference === undefined) {
    const text = object.text ?? "";
    if (!text.includes("${") && !canHaveId(kind, text))
      object.issue(`${what}, such as ${kind.prefixes[0]}123, or a reference to one`);
    return;
  }
  if (!reference.whole) {
    object.issue(`${what}; a reference must be the whole value`);
    return;
  }
  const { type, absence } = expect(reference);
  if (type !== undefined && !fits(type, "string"))
    object.issue(`${what}, but ${reference.text} is ${withArticle(type)}`, reference.text);
  // Of an optional output, only the run knows whether it is there; a step that may not have run is a mistake.
  else if (absence !== undefined && fieldOf(reference)?.optional !== true)
    object.issue(`${what}, but ${reference.text} can be absent: ${absence}`, reference.text);
  const other = otherKind(reference, kind, fieldOf(reference));
  if (other !== undefined) object.issue(`${what}, but ${reference.text} is ${other}`, reference.text);
}

/** What the reference gives, if it is known to be something else: by the pattern of its field, or by its name. */
function otherKind({ path }: Reference, kind: ObjectKind, field: Field | undefined): string | undefined {
  const begins = /^\^(?:\(\?:|\()?([a-z]+_)/.exec(field?.pattern ?? "")?.[1];
  if (begins !== undefined && !kind.prefixes.includes(begins)) return `an id that begins with ${begins}`;
  const named = OBJECT_KINDS.find((known) => known.field === path.at(-1));
  return named === undefined || named === kind ? undefined : `the id of ${named.name}`;
}

/** The field of a map of fields at this path. */
export function fieldAt(fields: Readonly<Record<string, Field>>, path: readonly string[]): Field | undefined {
  const [name = "", ...deeper] = path;
  const field = fieldNamed(fields, name);
  if (field === undefined || deeper.length === 0) return field;
  if (field.properties !== undefined) return fieldAt(field.properties, deeper);
  return field.items === undefined ? undefined : fieldAt({ [deeper[0] ?? ""]: field.items }, deeper);
}
