/** The files of the package: the same for the same code, complete, and small. */
import { readFileSync, statSync } from "node:fs";
import { describe, expect, it } from "@jest/globals";
import { fieldsOf } from "../../../lib/untrusted.ts";
import { functionId } from "../../../resources/cloudformation.ts";
import type { GrantName } from "../../../resources/grants.ts";
import { templateMistakes } from "../../../resources/template-mistakes.ts";
import {
  alarmsTemplate,
  DEFINITIONS,
  FOLDER,
  FUNCTIONS,
  REGION,
  resources,
  template,
  text,
} from "./packaged.ts";
import { CODE, filesIn, hashOf } from "./zip-files.ts";

describe("given the package", () => {
  it("CloudFormation and IAM accept it: every limit is kept, and nothing is tied to an account or another region", () => {
    expect(templateMistakes(template, REGION)).toEqual([]);
    expect(templateMistakes(alarmsTemplate, REGION)).toEqual([]);
  });

  it("the code of every function is named by its content, so that a deployment changes only what has changed", () => {
    for (const name of FUNCTIONS)
      expect(fieldsOf(resources[functionId(name)]?.Properties.Code).S3Key).toBe(
        `${CODE}/${name}-${hashOf(`${FOLDER}/${name}.zip`)}.zip`,
      );
  });

  it("nothing in it says when, by which process or with which umask it was made", () => {
    for (const name of FUNCTIONS)
      expect(filesIn(`${FOLDER}/${name}.zip`)).toMatchObject([{ mode: "100644", date: 0 }]);
    const state = readFileSync(`${FOLDER}/serverless-state.json`, "utf8");
    for (const content of [text(template), text(alarmsTemplate), state])
      expect(content).not.toMatch(/20\d\d-\d\d-\d\dT\d\d:|\.esbuild\/\d/);
    const sorted = (names: readonly string[]) => names.toSorted();
    expect(Object.keys(template.Resources)).toEqual(sorted(Object.keys(template.Resources)));
    expect(Object.keys(alarmsTemplate.Resources)).toEqual(sorted(Object.keys(alarmsTemplate.Resources)));
  });

  it("every function is packed as its bundle alone, which needs no other file", () => {
    for (const { name, entry } of DEFINITIONS)
      expect(filesIn(`${FOLDER}/${name}.zip`)).toMatchObject([{ name: entry.replace(/\.ts$/, ".cjs") }]);
  });

  it("no zipped bundle is larger than its budget", () => {
    const sizes = Object.fromEntries(
      FUNCTIONS.map((name) => [name, statSync(`${FOLDER}/${name}.zip`).size / 1024]),
    );
    const budget = (name: string) => {
      const uses = DEFINITIONS.find((definition) => definition.name === name)?.uses ?? [];
      const has = (...grants: GrantName[]) => grants.every((grant) => uses.includes(grant));
      // It contains the whole document.
      if (name === "get-openapi") return 34;
      // It has the SDK of the Model Context Protocol.
      if (name === "mcp") return 138;
      if (uses.length === 0) return 9;
      // It contains the SDK of the Model Context Protocol, and the schemas of all tools.
      if (has("own-api")) return 138;
      if (has("webhook-secret")) return 75;
      // Functions that send mails have their texts in all languages: 39 KB, zipped.
      if (!has("app-secret", "audit-log")) {
        // Readers, pages and scheduled functions; the authorizer has only one AWS client.
        if (has("mail")) return 174;
        if (has("endpoints:deliver") || has("endpoints:fan-out")) return 91;
        if (has("repair-progress")) return 114;
        // Capabilities that read from Stripe; the state of a customer is read from our records, and then from Stripe.
        if (has("customer-state")) return 136;
        if (has("usage-counters")) return 133;
        // It has its texts in every language.
        if (has("pay-page")) return 92;
        if (has("workflow-runs:read")) return 101;
        return has("audit-log:read") || has("audit-log:refusals") ? 99 : 83;
      }
      // It also has the checks of all capabilities that workflows call, with the mails' templates.
      if (has("workflow-runs:start")) return 131;
      // These know the plans and the input checks of all workflows.
      if (has("workflow-runs:cancel") || has("workflow-runs:retry")) return 106;
      // Capabilities have Stripe's client, or that and SES's with the templates; consumers can have both.
      if (has("idempotency-keys")) {
        if (has("mail")) return 195;
        return has("stripe-api") ? 141 : 117;
      }
      // All of them have SQS's client too, for messages that fail, and Stripe's, to ask for what an event lacks.
      if (!has("stripe-api")) return has("mail") ? 153 : 90;
      return has("mail") ? 199 : 131;
    };
    const grown = Object.entries(sizes)
      .filter(([name, kilobytes]) => kilobytes > budget(name))
      .map(([name, kilobytes]) => `${name}: ${kilobytes.toFixed(1)} KB of ${budget(name)}`);
    expect(grown).toEqual([]);
  });
});
