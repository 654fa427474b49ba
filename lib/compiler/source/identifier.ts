/** The names that authors give to workflows, steps, policies and rules. */
import type { KeyTable, ValueSchema } from "./key-table.ts";
import type { YamlNode } from "./yaml-source.ts";

const PATTERN = /^[A-Za-z][A-Za-z0-9]*(?:[-_][A-Za-z0-9]+)*$/;
/** Step Functions allows 80 characters for a state's name, and some names are a step's id and a few words. */
const MAX_LENGTH = 60;

export const IDENTIFIER: ValueSchema = {
  type: "string",
  pattern: PATTERN.source,
  maxLength: MAX_LENGTH,
};

export function isIdentifier(text: string): boolean {
  return PATTERN.test(text) && text.length <= MAX_LENGTH;
}

/** The identifier at `key` of a map with the keys of `table`; notes why it is missing. `example`: `limit-amount`. */
export function readIdentifier(
  parent: YamlNode,
  key: string,
  table: KeyTable,
  example: string,
  maxLength = MAX_LENGTH,
): string | undefined {
  const node = parent.get(key);
  const text = node?.text ?? "";
  if (isIdentifier(text) && text.length <= maxLength) return text;
  if (node !== undefined || parent.lacks(key, table)) {
    (node ?? parent).issue(
      `${key} must be words joined by hyphens, such as ${example}, of at most ${maxLength} characters`,
    );
  }
  return undefined;
}
