/** The resources for the policies of these tests: real contracts, one with nested fields, and two workflows. */
import { readFileSync } from "node:fs";
import { loadContract } from "../../../../lib/compiler/contract/load-contract.ts";
import { possibleAttempts } from "../../../../lib/compiler/policy/resources.ts";
import { loadWorkflow } from "../../../../lib/compiler/workflow/load-workflow.ts";

export const contracts = [
  "test/lib/compiler/workflow/make-report.contract.yml",
  "functions/send-email/contract.yml",
  "functions/stripe-create-customer/contract.yml",
  "functions/stripe-create-payment-intent/contract.yml",
].map((file) => loadContract(file, readFileSync(file, "utf8")));

const NIGHTLY = `workflowId: nightly
version: 1.0.0
inputs:
  day: { type: string }
  report:
    type: object
    properties:
      title: { type: string }
      pages: { type: number, optional: true }
steps:
  - { id: make, capability: make-report, inputs: { title: "\${input.report.title} of \${input.day}" } }
`;

export const workflows = [
  ["workflows/process-payment.yml", readFileSync("workflows/process-payment.yml", "utf8")] as const,
  ["workflows/nightly.yml", NIGHTLY] as const,
].map(([file, text]) => loadWorkflow(file, text).workflow);

const contractsById = new Map(contracts.map((contract) => [contract.capabilityId, contract]));
const workflowsById = new Map(workflows.map((workflow) => [workflow.workflowId, workflow]));

/** Made again for each test, so that mutation testing sees which test needs which part. */
export const attempts = () => possibleAttempts(contractsById, workflowsById);
