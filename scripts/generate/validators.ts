/** Compiles validators ahead of time, with ajv, into a module that imports nothing. */
import { join } from "node:path";
import { _, Ajv } from "ajv";
import standaloneCode from "ajv/dist/standalone/index.js";
import { build } from "esbuild";
import { formats } from "../../lib/compiler/contract/formats.ts";
import type { JsonSchema } from "../../lib/compiler/contract/json-schema.ts";
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
    schemas: Object.entries(schemas).map(([name, schema]) => ({ ...schema, $id: name })),
  });
  const names = Object.keys(schemas);
  const code = standaloneCode.default(ajv, Object.fromEntries(names.map((name) => [name, name])));
  const bundled = await build({
    stdin: { contents: code, resolveDir: process.cwd(), loader: "js" },
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
