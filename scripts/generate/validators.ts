/** Compiles validators ahead of time, with ajv, into a module that imports nothing. */
import { join } from "node:path";
import { _, Ajv } from "ajv";
import standaloneCode from "ajv/dist/standalone/index.js";
import { build } from "esbuild";
import { formats } from "../../lib/compiler/contract/formats.ts";
import type { JsonSchema } from "../../lib/compiler/contract/json-schema.ts";
import { isRecord } from "../../lib/untrusted.ts";
import { BANNER, type Output } from "./output.ts";

/** Bundled into every validator that uses a format. */
const FORMATS_MODULE = join(import.meta.dirname, "../../lib/compiler/contract/formats.ts");

/** Writes `<path>.js`, which exports one validator per schema, and `<path>.d.ts` next to it. */
export async function writeValidators(
  output: Output,
  path: string,
  schemas: Readonly<Record<string, JsonSchema>>,
): Promise<void> {
  const ajv = new Ajv({
    strict: true,
    allErrors: true,
    useDefaults: true,
    // Adds the parent schema to errors, because it contains the known fields.
    verbose: true,
    formats,
    code: { source: true, esm: true, lines: false, formats: _`require(${FORMATS_MODULE}).formats` },
    schemas: Object.entries(schemas).map(([name, schema]) => ({ ...withoutNotes(schema), $id: name })),
  });
  const names = Object.keys(schemas);
  const code = standaloneCode.default(ajv, Object.fromEntries(names.map((name) => [name, name])));
  const bundled = await build({
    stdin: { contents: shortened(code), resolveDir: process.cwd(), loader: "js" },
    bundle: true,
    format: "esm",
    platform: "node",
    write: false,
    legalComments: "none",
  });
  output.write(`${path}.js`, BANNER + (bundled.outputFiles[0]?.text ?? ""));
  const declarations = names.map((name) => `export declare const ${name}: Validator;\n`).join("");
  const depth = "../".repeat(path.split("/").length);
  output.write(
    `${path}.d.ts`,
    `${BANNER}import type { Validator } from "${depth}lib/contract/validation-issues.ts";\n\n${declarations}`,
  );
}

/** The schema without its descriptions, which are for people: the validators contain their schemas. */
function withoutNotes<Schema extends object>(schema: Schema): Schema {
  const copy: Schema = structuredClone(schema);
  dropNotes(copy);
  return copy;
}

function dropNotes(schema: object): void {
  // A field can have this name, too; then the value is its schema.
  if ("description" in schema && typeof schema.description === "string") delete schema.description;
  for (const [keyword, part] of Object.entries(schema))
    if (keyword !== "default" && keyword !== "enum" && (isRecord(part) || Array.isArray(part)))
      dropNotes(part);
}

/** The keywords whose message is ours: lib/contract/validation-issues.ts. */
const OWN_MESSAGE = "required|additionalProperties|type|enum|pattern|minimum|maximum|maxLength|format";
const TEXT = String.raw`"(?:[^"\\]|\\.)*"`;

/** ajv's code without what nobody reads of its errors: half of it. Code that ajv writes in another way stays as it is. */
function shortened(code: string): string {
  return code
    .replaceAll(new RegExp(`schemaPath:${TEXT},`, "g"), "")
    .replaceAll(
      new RegExp(
        String.raw`(keyword:"(?:${OWN_MESSAGE})",params:\{[^{}]*\}),message:${TEXT}(?:\s*\+\s*${TEXT})*`,
        "g",
      ),
      "$1",
    )
    .replaceAll(
      new RegExp(
        String.raw`(keyword:"(\w+)",.*?),schema:(?:${TEXT}|[^,{}]+),parentSchema:([^,{}]+),data`,
        "g",
      ),
      (_whole, start: string, keyword: string, parent: string) =>
        keyword === "additionalProperties" ? `${start},parentSchema:${parent},data` : `${start},data`,
    )
    .replaceAll(
      /if\(vErrors === null\)\{\s*vErrors = \[(\w+)\];\s*\}\s*else\s*\{\s*vErrors\.push\(\1\);\s*\}/g,
      "(vErrors ??= []).push($1);",
    );
}
