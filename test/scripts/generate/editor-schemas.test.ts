import { globSync, readFileSync } from "node:fs";
import { dirname, relative } from "node:path";
import { describe, expect, it } from "@jest/globals";
import { Ajv, type ValidateFunction } from "ajv";
import { parse } from "yaml";
import { DIALECT_FILES, type DialectKind, editorSchema } from "../../../scripts/generate/editor-schemas.ts";

const KINDS: readonly DialectKind[] = ["contract", "function", "template", "workflow", "policy"];

const FILES = KINDS.flatMap((kind) =>
  globSync(DIALECT_FILES[kind].files).map((file): [string, DialectKind] => [file, kind]),
);

const validators = new Map<DialectKind, ValidateFunction>();

function validatorOf(kind: DialectKind): ValidateFunction {
  const known = validators.get(kind);
  if (known !== undefined) return known;
  const schema = JSON.parse(readFileSync(`schemas/${kind}.schema.json`, "utf8"));
  const validate = new Ajv({ allErrors: true, allowUnionTypes: true, strictTypes: false }).compile(schema);
  validators.set(kind, validate);
  return validate;
}

/** The mistakes with an unknown key, from the tables of mistakes, each as a complete file. */
const UNKNOWN_KEYS: readonly (readonly [string, DialectKind, string])[] = [
  ...rows("test/lib/compiler/contract/contract-mistakes.yml").map(
    ({ given, contract, inputs }) =>
      [
        given,
        "contract",
        contract ??
          `capabilityId: a\nprovider: { type: ses, operation: a }\ninputs:\n${inputs?.replace(/^(?=.)/gm, "  ")}`,
      ] as const,
  ),
  ...rows("test/lib/compiler/template/template-mistakes.yml").map(
    ({ given, template }) => [given, "template", template ?? ""] as const,
  ),
  ...rows("test/lib/compiler/workflow/workflow-mistakes.yml").map(
    ({ given, workflow }) => [given, "workflow", workflow ?? ""] as const,
  ),
  ...rows("test/lib/compiler/policy/policy-mistakes.yml").map(
    ({ given, policy }) => [given, "policy", policy ?? ""] as const,
  ),
];

interface Row {
  readonly given: string;
  readonly contract?: string;
  readonly inputs?: string;
  readonly template?: string;
  readonly workflow?: string;
  readonly policy?: string;
  readonly says: readonly string[];
}

function rows(file: string): Row[] {
  const all: Row[] = parse(readFileSync(file, "utf8"));
  return all.filter(({ says }) => says.some((words) => words.includes("unknown key")));
}

describe("given the schemas that editors read", () => {
  it.each(KINDS)("the committed schema of a %s matches the key tables", (kind) => {
    const committed = readFileSync(`schemas/${kind}.schema.json`, "utf8");
    expect(JSON.parse(committed)).toEqual(JSON.parse(JSON.stringify(editorSchema(kind))));
  });

  it.each(FILES)("%s names the schema of a %s in its first line, and passes it", (file, kind) => {
    const text = readFileSync(file, "utf8");
    const schema = relative(dirname(file), `schemas/${kind}.schema.json`);
    expect(text.split("\n")[0]).toBe(`# yaml-language-server: $schema=${schema}`);
    const validate = validatorOf(kind);
    expect(validate(parse(text)) ? [] : validate.errors).toEqual([]);
  });

  it("the tables contain unknown keys in every kind of file", () => {
    expect(new Set(UNKNOWN_KEYS.map(([, kind]) => kind))).toEqual(
      new Set(["contract", "template", "workflow", "policy"]),
    );
  });

  it.each(UNKNOWN_KEYS)("%s is marked in a %s", (_given, kind, text) => {
    const validate = validatorOf(kind);
    validate(parse(text));
    expect(validate.errors).toContainEqual(expect.objectContaining({ keyword: "additionalProperties" }));
  });

  it.each([
    ["a constraint of another type", "inputs: { a: { type: string, minimum: 1 } }"],
    ["an unknown type", "inputs: { a: { type: integer } }"],
    ["a mistake in a property", "inputs: { a: { type: object, properties: { b: { type: nmber } } } }"],
    ["an invalid name of a field", "inputs: { a b: { type: string } }"],
    ["an unknown provider", "provider: { type: strpe, operation: a }"],
  ])("%s is marked in a contract", (_given, line) => {
    const provider = line.startsWith("provider") ? "" : "provider: { type: ses, operation: a }\n";
    expect(validatorOf("contract")(parse(`capabilityId: a\n${provider}${line}\n`))).toBe(false);
  });
});
