/**
 * docs/capabilities.md, which is made from the contracts, the policies and the responses to the contracts' examples. With
 * WRITE_DOCS=1, as `npm run docs` sets it, this test writes the page.
 */
import { readFileSync, writeFileSync } from "node:fs";
import { afterAll, beforeAll, describe, expect, it } from "@jest/globals";
import { loadContract } from "../../lib/compiler/contract/load-contract.ts";
import { callersOf } from "../../scripts/capability-docs/callers.ts";
import { renderPage } from "../../scripts/capability-docs/render-page.ts";
import { undocumented } from "../../scripts/capability-docs/undocumented.ts";
import { loadProject } from "../../scripts/generate/load-project.ts";
import { EXAMPLE_RESPONSES, projectDocument } from "../../scripts/generate/openapi.ts";
import { loadPolicyProject } from "../../scripts/policy/project.ts";
import * as given from "../steps/given.ts";
import { contracts } from "../steps/shipped-project.ts";
import { type Examples, type PlayedExample, startExamples } from "./examples.ts";

const PAGE = "docs/capabilities.md";
const WITH_EXAMPLE = contracts.filter(({ example }) => example !== undefined);

given.capturedLog();
given.localAws();
let examples: Examples;
beforeAll(async () => {
  examples = await startExamples(contracts);
});
afterAll(() => examples.close());

const played = new Map<string, PlayedExample>();

describe("given the example of a contract", () => {
  it.each(WITH_EXAMPLE)(
    "$capabilityId responds, and causes no notification that its contract does not list",
    async (contract) => {
      const outcome = await examples.play(contract);
      expect(outcome).toMatchObject({ status: 200 });
      expect(contract.notifications ?? []).toEqual(expect.arrayContaining([...outcome.notifications]));
      played.set(contract.capabilityId, outcome);
    },
  );
});

describe("docs/capabilities.md", () => {
  it("every contract has what the page shows", () => {
    expect(undocumented(contracts)).toEqual([]);
  });

  it("a contract without that loads, and is reported with what to add", () => {
    const text = "capabilityId: make-report\nprovider: { type: stripe, operation: makeReport }\n";
    const contract = loadContract("functions/make-report/contract.yml", text);
    expect(undocumented([contract, { ...contract, description: "Makes a report", readOnly: true }])).toEqual([
      "functions/make-report/contract.yml lacks what docs/capabilities.md shows; add description, which says what the capability is for; area, which says where it is listed; example, with the inputs of one call (objects of test/docs/example-objects.ts can be named); notifications, a list of the types that a call can cause, or []",
      "functions/make-report/contract.yml lacks what docs/capabilities.md shows; add area, which says where it is listed; example, with the inputs of one call (objects of test/docs/example-objects.ts can be named)",
    ]);
  });

  it("is what the contracts, the policies and the responses say; `npm run docs` writes it", () => {
    expect([...played.keys()]).toEqual(WITH_EXAMPLE.map(({ capabilityId }) => capabilityId));
    const project = loadPolicyProject();
    const page = renderPage(
      contracts.map((contract) => {
        const { response = {}, events = [] } = played.get(contract.capabilityId) ?? {};
        return { contract, callers: callersOf(contract, project), response, events };
      }),
    );
    if (process.env.WRITE_DOCS !== undefined) writeFileSync(PAGE, page);
    expect(readFileSync(PAGE, "utf8")).toBe(page);
  });
});

describe("docs/openapi.json", () => {
  it("has the responses to the examples, and is what the API returns; `npm run docs` writes it", () => {
    const responses = Object.fromEntries([...played].map(([id, { response }]) => [id, response]));
    written(EXAMPLE_RESPONSES, responses);
    written("docs/openapi.json", projectDocument(".", loadProject()));
  });
});

/** Expects the file to have this content; with WRITE_DOCS, writes it. */
function written(file: string, content: unknown): void {
  const text = `${JSON.stringify(content, undefined, 2)}\n`;
  if (process.env.WRITE_DOCS !== undefined) writeFileSync(file, text);
  expect(readFileSync(file, "utf8")).toBe(text);
}
