/** docs/openapi.json describes every route that is for callers. `npm run lint` checks it by the rules of two linters. */
import { readFileSync } from "node:fs";
import { describe, expect, it } from "@jest/globals";
import { handler } from "../functions/get-openapi/handler.ts";
import { fieldsOf } from "../lib/untrusted.ts";
import { functionDefinitions } from "../resources/functions.ts";
import { workflowIds } from "./steps/sample-inputs.ts";
import { contracts } from "./steps/shipped-project.ts";
import * as when from "./steps/when.ts";

const FILE = "docs/openapi.json";
const DOCUMENT = JSON.parse(readFileSync(FILE, "utf8"));

/** Stripe, payers and agents call them, no application does. Agents are told of their tools by the Model Context Protocol. */
const NOT_FOR_CALLERS = [
  "POST /api/webhooks/stripe",
  "GET /pay/{token}",
  "GET /pay/assets/{asset}",
  "POST /mcp",
  "GET /mcp",
  "DELETE /mcp",
];

describe("given docs/openapi.json", () => {
  it("it has every route that is for callers, and no other", () => {
    const declared = functionDefinitions(contracts)
      .flatMap(({ routes }) => routes.map(({ key }) => key))
      .filter((key) => !NOT_FOR_CALLERS.includes(key))
      .flatMap((key) => workflowIds.map((workflowId) => key.replace("{workflowId}", workflowId)));
    const described = Object.entries(fieldsOf(DOCUMENT.paths)).flatMap(([path, item]) =>
      Object.keys(fieldsOf(item)).map((method) => `${method.toUpperCase()} ${path}`),
    );
    expect(described.sort()).toEqual([...new Set(declared)].sort());
  });

  it("every operation has a name of its own", () => {
    const names = Object.values(fieldsOf(DOCUMENT.paths)).flatMap((item) =>
      Object.values(fieldsOf(item)).map((operation) => fieldsOf(operation).operationId),
    );
    expect(new Set(names).size).toBe(names.length);
  });

  it("the API returns it, to anyone", async () => {
    const { status, headers, text } = await when.calls(handler, {
      path: "/api/openapi.json",
      authorizer: undefined,
    });
    expect(status).toBe(200);
    expect(headers["content-type"]).toBe("application/json");
    expect(JSON.parse(text)).toEqual(DOCUMENT);
  });
});
