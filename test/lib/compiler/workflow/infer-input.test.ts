import { describe, expect, it } from "@jest/globals";
import { workflows } from "../../../../generated/workflows/index.ts";
import { type Contract, loadContract } from "../../../../lib/compiler/contract/load-contract.ts";
import { inputSchema } from "../../../../lib/compiler/workflow/infer-input.ts";
import { loadWorkflow } from "../../../../lib/compiler/workflow/load-workflow.ts";

const contract = loadContract(
  "contract.yml",
  `
capabilityId: pay
provider: { type: stripe, operation: pay }
inputs:
  amount: { type: number, minimum: 1, default: 100, description: In cents }
  to: { type: string, format: email }
  note: { type: string, optional: true }
  data: { type: object, optional: true }
`,
);
const contracts = new Map<string, Contract>([["pay", contract]]);

const schemaOf = (inputs: string, declared = "") =>
  inputSchema(
    loadWorkflow(
      "w.yml",
      `{ workflowId: w, version: 1.0.0, ${declared} steps: [{ id: a, capability: pay, inputs: ${inputs} }] }`,
    ).workflow,
    contracts,
  );

describe("the input of a workflow that declares no inputs", () => {
  it("has the schema of the capability's input, and is required where that is", () => {
    expect(schemaOf(`{ to: "\${input.email}", amount: "\${input.amount}", note: "\${input.note}" }`)).toEqual(
      {
        type: "object",
        properties: {
          email: { type: "string", format: "email" },
          amount: { type: "number", minimum: 1 },
          note: { type: "string" },
        },
        required: ["email"],
        additionalProperties: false,
      },
    );
  });

  it("is required if one of its uses is", () => {
    expect(schemaOf(`{ note: "\${input.x}", to: "\${input.x}" }`)).toMatchObject({
      properties: { x: { allOf: [{ type: "string" }, { type: "string", format: "email" }] } },
      required: ["x"],
    });
  });

  it("can be anything inside longer text or an open object", () => {
    const schema = schemaOf(`{ note: "for \${input.a}", data: { b: "\${input.b}" }, to: x }`);

    expect(schema).toMatchObject({ properties: { a: {}, b: {} }, required: [] });
  });
});

describe("the input of a workflow that declares it", () => {
  it("has the declared schema", () => {
    expect(schemaOf(`{ to: "\${input.email}" }`, "inputs: { email: { type: string } },")).toEqual({
      type: "object",
      properties: { email: { type: "string" } },
      required: ["email"],
      additionalProperties: false,
    });
  });
});

describe("the input of process-payment", () => {
  const check = (value: unknown) => workflows["process-payment"]?.checkInput(value);

  it("is a customer's address and an amount; the name is optional", () => {
    const input = { customerEmail: "ada@example.com", amount: 2599 };

    expect(check(input)).toEqual({ ok: true, value: input });
  });

  it("is refused with a reason for each field", () => {
    expect(check({ customerEmail: 1, customerNmae: "Ada" })).toEqual({
      ok: false,
      issues: [
        { path: "amount", message: "is required" },
        { path: "customerNmae", message: 'is not a known field; did you mean "customerName"?' },
        { path: "customerEmail", message: "must be a string, but is a number" },
      ],
    });
  });
});
