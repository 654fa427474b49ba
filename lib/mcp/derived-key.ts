/**
 * The Idempotency-Key of a tool call. An agent has none of its own, and repeats itself: after a timeout, because it has lost
 * its context, or because a text told it to. So the key follows from what is called: the same principal, tool and arguments
 * give the same key, and what was done is not done again while the key lives (24 hours). A deliberate second call
 * differs in `callReference`. Pure.
 */
import { hash } from "node:crypto";
import { canonicalJson } from "../canonical-json.ts";
import { type Fields, fieldsOf, isRecord } from "../untrusted.ts";
import type { ObjectSchema, Tool } from "./tool.ts";

export interface KeyedCall {
  readonly principalId: string;
  readonly tool: Pick<Tool, "name" | "inputSchema">;
  /** Without `callReference`. */
  readonly input: Readonly<Record<string, unknown>>;
  readonly reference: string | undefined;
}

/** The key: letters only, because digits could look like a card number. */
export function derivedKey({ principalId, tool, input, reference }: KeyedCall): string {
  const parts = [principalId, tool.name, withDefaults(input, tool.inputSchema), reference ?? null];
  const digest = hash("sha256", canonicalJson(parts), "hex");
  return `mcp-${digest.replaceAll(/\d/g, (digit) => "ghijklmnop"[Number(digit)] ?? "")}`;
}

/** An argument that has its default value is the same as none. */
function withDefaults(value: unknown, schema: Fields | ObjectSchema): unknown {
  if (Array.isArray(value)) return value.map((item) => withDefaults(item, fieldsOf(fieldsOf(schema).items)));
  if (!isRecord(value)) return value;
  const fields = Object.entries(fieldsOf(schema.properties)).map(
    ([name, field]) => [name, fieldsOf(field)] as const,
  );
  const defaults = fields.flatMap(([name, { default: byDefault }]) =>
    byDefault === undefined || Object.hasOwn(value, name) ? [] : [[name, byDefault]],
  );
  const given = Object.entries(value).map(([name, item]) => [
    name,
    withDefaults(item, fields.find(([known]) => known === name)?.[1] ?? {}),
  ]);
  return Object.fromEntries([...given, ...defaults]);
}
