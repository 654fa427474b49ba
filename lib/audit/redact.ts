/**
 * Redacts a payload for the audit log: only the values on the contract's allow-list stay. The payload need not fit the
 * contract, because refused calls are recorded too. Pure.
 */

import type { AuditableFields } from "../contract/payload-contract.ts";
import { singleWord } from "../scrub.ts";
import { type Fields, isRecord } from "../untrusted.ts";

const REDACTED = "[redacted]";
/** Ids, codes and statuses are shorter; longer text is prose, or an attack. */
const MAX_TEXT_LENGTH = 256;
const MAX_ITEMS = 20;

/**
 * `value` with only auditable values left. A declared field that must not be kept reads `[redacted]`. Fields that the
 * contract does not know are only counted, because a name could be anything.
 */
export function redact(value: unknown, fields: AuditableFields): unknown {
  return redactNode(value, fields.auditablePaths, fields.withheldPaths);
}

type Paths = readonly (readonly string[])[];

function redactNode(node: unknown, auditable: Paths, withheld: Paths): unknown {
  if (node === undefined) return undefined;
  if (withheld.some((path) => path.length === 0)) return REDACTED;
  if (auditable.some((path) => path.length === 0)) return keptValue(node);
  const isList = [...auditable, ...withheld].some(([step]) => step === "*");
  if (isList && Array.isArray(node)) return redactItems(node, auditable, withheld);
  if (!isList && isRecord(node)) return redactFields(node, auditable, withheld);
  return REDACTED;
}

function redactItems(items: readonly unknown[], auditable: Paths, withheld: Paths): unknown[] {
  const shown = items
    .slice(0, MAX_ITEMS)
    .map((item) => redactNode(item, below(auditable, "*"), below(withheld, "*")));
  return items.length > MAX_ITEMS ? [...shown, `[${items.length - MAX_ITEMS} more]`] : shown;
}

function redactFields(node: Fields, auditable: Paths, withheld: Paths): unknown {
  const known = new Set([...auditable, ...withheld].map(([step]) => step));
  const names = Object.keys(node);
  const unknownCount = names.filter((name) => !known.has(name)).length;
  return Object.fromEntries([
    ...names
      .filter((name) => known.has(name))
      .map((name) => [name, redactNode(node[name], below(auditable, name), below(withheld, name))]),
    ...(unknownCount === 0 ? [] : [["[unknown fields]", unknownCount]]),
  ]);
}

function keptValue(value: unknown): unknown {
  switch (typeof value) {
    case "boolean":
      return value;
    case "number":
      // A number can be a card number too, not only text.
      return auditableText(String(value)) === String(value) ? value : REDACTED;
    case "string":
      return auditableText(value);
    default:
      return value === null ? null : REDACTED;
  }
}

/** Text from a caller in a place for an id or a word of ours: other text is not kept. */
export function auditableText(text: string): string {
  return text.length > MAX_TEXT_LENGTH ? "[long text]" : singleWord(text);
}

const below = (paths: Paths, step: string): Paths =>
  paths.filter((path) => path[0] === step).map((path) => path.slice(1));
