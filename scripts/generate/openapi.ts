/** The OpenAPI document: generated/openapi.ts, which the function get-openapi bundles. `npm run docs` writes the same to docs/openapi.json. */
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { openApiDocument } from "../../lib/compiler/openapi/document.ts";
import { fieldsOf, parseJson, textOf } from "../../lib/untrusted.ts";
import type { Project } from "./load-project.ts";
import { BANNER, type Output } from "./output.ts";

/** The responses to the contracts' examples, by capability: `npm run docs` writes them. */
export const EXAMPLE_RESPONSES = "docs/example-responses.json";

export function generateOpenApi(output: Output, document: ReturnType<typeof openApiDocument>): void {
  const text = JSON.stringify(JSON.stringify(document));
  output.write("openapi.ts", `${BANNER}export const openApi: string = ${text};\n`);
}

/** The OpenAPI document of the project below `root`. */
export function projectDocument(root: string, { contracts, workflows }: Project) {
  return openApiDocument({
    version: textOf(readJson(join(root, "package.json")).version) ?? "0.0.0",
    contracts,
    workflows,
    responses: readJson(join(root, EXAMPLE_RESPONSES)),
  });
}

const readJson = (file: string) => (existsSync(file) ? fieldsOf(parseJson(readFileSync(file, "utf8"))) : {});
