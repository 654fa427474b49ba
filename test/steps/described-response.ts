/** What docs/openapi.json says of a response: a test of a route shows that its responses are as the document describes them. */
import { readFileSync } from "node:fs";
import { Ajv2020 } from "ajv/dist/2020.js";
import formats from "ajv-formats";
import { fieldOf, textOf } from "../../lib/untrusted.ts";

const FILE = "docs/openapi.json";
const ajv = new Ajv2020({ strict: false, allErrors: true });
formats.default(ajv);
let document: unknown;

/**
 * The mistakes of a response with this JSON, by the document; empty if it is as described. `method` in lowercase; `path` as in the
 * document: `/api/workflows/process-payment/runs/{runId}`.
 */
export function mistakesOf(method: string, path: string, status: number, body: unknown): readonly string[] {
  if (document === undefined) {
    document = JSON.parse(readFileSync(FILE, "utf8"));
    ajv.addSchema(Object(document), FILE);
  }
  const place = ["paths", path, method, "responses", String(status)];
  const found = fieldOf(document, ...place);
  if (found === undefined) return [`${method} ${path} does not describe a response with status ${status}`];
  const reference = textOf(fieldOf(found, "$ref"));
  const response = reference === undefined ? place : reference.slice(2).split("/");
  const [type = ""] = Object.keys(Object(fieldOf(document, ...response, "content")));
  const pointer = [...response, "content", type, "schema"].map(escaped).join("/");
  const validate = ajv.getSchema(`${FILE}#/${pointer}`);
  if (validate === undefined) return [`${method} ${path} describes no JSON for status ${status}`];
  if (validate(body) === true) return [];
  return (validate.errors ?? []).map(({ instancePath, message }) => `${instancePath} ${message}`);
}

const escaped = (part: string) => encodeURIComponent(part.replaceAll("~", "~0").replaceAll("/", "~1"));
