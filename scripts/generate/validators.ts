/**
 * Compiles validators ahead of time, with ajv, into modules that share what several of them need: generated/formats.js and
 * lib/contract/note-error.ts are once in a function.
 */
import { join } from "node:path";
import { _, Ajv } from "ajv";
import standaloneCode from "ajv/dist/standalone/index.js";
import { type BuildOptions, build, type Plugin } from "esbuild";
import { formats } from "../../lib/compiler/contract/formats.ts";
import type { JsonSchema } from "../../lib/compiler/contract/json-schema.ts";
import { isRecord, parseJson } from "../../lib/untrusted.ts";
import { BANNER, type Output } from "./output.ts";

/** Writes generated/formats.js, which the validators import that check a format. */
export async function writeFormats(output: Output): Promise<void> {
  const source = join(import.meta.dirname, "../../lib/compiler/contract/formats.ts");
  const rule = "../lib/email-address.ts";
  const module = await bundled({
    entryPoints: [source],
    plugins: [leftAsImports(new Map([["../../email-address.ts", rule]]))],
  });
  output.write("formats.js", BANNER + module);
}

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
    code: { source: true, esm: true, lines: false, formats: _`formats` },
    schemas: Object.entries(schemas).map(([name, schema]) => ({ ...withoutNotes(schema), $id: name })),
  });
  const names = Object.keys(schemas);
  const code = standaloneCode.default(ajv, Object.fromEntries(names.map((name) => [name, name])));
  const root = "../".repeat(path.split("/").length);
  const short = withShortSchemas(shortened(code));
  const imports = [
    ...(short.includes("formats[") || short.includes("formats.")
      ? [["formats", `${root.slice("../".length) || "./"}formats.js`] as const]
      : []),
    ["noteError", `${root}lib/contract/note-error.ts`] as const,
  ];
  const lines = imports.map(([name, from]) => `import { ${name} } from "${from}";\n`);
  const module = await bundled({
    stdin: { contents: lines.join("") + short, resolveDir: process.cwd(), loader: "js" },
    plugins: [leftAsImports(new Map(imports.map(([, from]) => [from, from])))],
  });
  output.write(`${path}.js`, BANNER + module);
  const declarations = names.map((name) => `export declare const ${name}: Validator;\n`).join("");
  output.write(
    `${path}.d.ts`,
    `${BANNER}import type { Validator } from "${root}lib/contract/validation-issues.ts";\n\n${declarations}`,
  );
}

/** Leaves imports of the modules as they are, or as the map says: `external` would look for the files. */
const leftAsImports = (modules: ReadonlyMap<string, string>): Plugin => ({
  name: "left-as-imports",
  setup: (build) =>
    build.onResolve({ filter: /^\.{1,2}\// }, ({ path: written }) => {
      const path = modules.get(written);
      return path === undefined ? undefined : { path, external: true };
    }),
});

async function bundled(options: BuildOptions): Promise<string> {
  const { outputFiles } = await build({
    ...options,
    bundle: true,
    format: "esm",
    platform: "node",
    write: false,
    legalComments: "none",
  });
  return outputFiles?.[0]?.text ?? "";
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
/** What an error says about the keyword: an object without objects. */
const PARAMS = String.raw`params:(\{(?:[^{}"]|${TEXT})*\})`;

/** ajv's code without what nobody reads of its errors: half of it. Code that ajv writes in another way stays as it is. */
function shortened(code: string): string {
  return code
    .replaceAll(new RegExp(`schemaPath:${TEXT},`, "g"), "")
    .replaceAll(
      new RegExp(
        String.raw`(keyword:"(?:${OWN_MESSAGE})",)${PARAMS},message:${TEXT}(?:\s*\+\s*${TEXT})*`,
        "g",
      ),
      "$1params:$2",
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
    )
    .replaceAll(
      new RegExp(
        String.raw`const (err\d+) = \{instancePath(?::((?:(?!keyword:)[^{}])*))?,keyword:("(?:${OWN_MESSAGE})"),` +
          String.raw`${PARAMS}(?:,parentSchema:([^,{}]+))?,data(?::(\w+))?\};\s*\(vErrors \?\?= \[\]\)\.push\(\1\);`,
        "g",
      ),
      (
        whole,
        _name,
        path = "instancePath",
        keyword: string,
        params: string,
        parent?: string,
        data = "data",
      ) => {
        const [, param] = /^\{(?:comparison:\s*"[<>=]+",\s*)?\w+:\s*(.*)\}$/.exec(params) ?? [];
        if (param === undefined) return whole;
        const given = [path, keyword, param, data, ...(parent === undefined ? [] : [parent])];
        return `vErrors = noteError(vErrors, ${given.join(", ")});`;
      },
    );
}

/** What ajv's code never reads of a schema, because it has become code: all but the names of fields, and the values of an enum. */
const COMPILED =
  "$id|type|required|additionalProperties|pattern|format|minimum|maximum|minLength|maxLength|minItems|maxItems|default";

/** The code with the schemas in it, which are JSON, shortened to what is read of them. */
function withShortSchemas(code: string): string {
  let short = code;
  for (const { 0: start, index } of code.matchAll(/const schema\d+ = /g)) {
    const from = index + start.length;
    let schema: unknown;
    // A semicolon can also be part of a text.
    for (
      let end = code.indexOf(";", from);
      schema === undefined && end !== -1;
      end = code.indexOf(";", end + 1)
    ) {
      const text = code.slice(from, end);
      schema = parseJson(text);
      if (isRecord(schema))
        short = short.replace(start + text, () => start + JSON.stringify(shortSchema(schema)));
    }
  }
  return short;
}

function shortSchema(schema: unknown): unknown {
  if (!isRecord(schema)) return schema;
  const read = Object.entries(schema).filter(([keyword]) => !COMPILED.split("|").includes(keyword));
  return Object.fromEntries(
    read.map(([keyword, part]) => [
      keyword,
      keyword === "properties" && isRecord(part)
        ? Object.fromEntries(Object.entries(part).map(([field, of]) => [field, shortSchema(of)]))
        : shortSchema(part),
    ]),
  );
}
