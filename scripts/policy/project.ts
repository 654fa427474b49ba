/**
 * The project's policies, and the inputs that they decide about, read from the sources: nothing has to be generated.
 */
import { existsSync } from "node:fs";
import { Ajv, type ValidateFunction } from "ajv";
import formats from "ajv-formats";
import { type JsonSchema, objectSchema } from "../../lib/compiler/contract/json-schema.ts";
import { APPROVED_CALL, type Attempt, possibleAttempts } from "../../lib/compiler/policy/resources.ts";
import { inputSchema } from "../../lib/compiler/workflow/infer-input.ts";
import type { Checked } from "../../lib/contract/payload-contract.ts";
import { checkWith } from "../../lib/contract/validation-issues.ts";
import type { Action, PolicyRule } from "../../lib/policy/policy.ts";
import { loadProject, type Project } from "../generate/load-project.ts";

export interface PolicyProject {
  readonly rules: readonly PolicyRule[];
  /** What the files say, as a whole. */
  readonly sources: Project;
  /** The JSON Schema of the input that an attempt has. */
  readonly schemaOf: (capability: string, action: Action) => JsonSchema;
  /** All possible attempts; for each resource, the natural action is first. */
  readonly attempts: readonly Attempt[];
  /** Whether the capability can find the customer of an object, so that a bound principal needs not name it. */
  readonly findsCustomer: (capability: string) => boolean;
  /** The input with defaults filled in, or its issues. With `partly`, required fields can be left out. */
  readonly checkInput: (
    capability: string,
    action: Action,
    input: unknown,
    options?: { readonly partly: boolean },
  ) => Checked<unknown>;
}

/** Reads contracts, workflows and policies of the working directory. Throws a SourceError with every mistake. */
export function loadPolicyProject(): PolicyProject {
  const sources = loadProject();
  const { contracts, workflows, rules } = sources;
  const known = new Map(contracts.map((contract) => [contract.capabilityId, contract]));
  const schemaOf = (capability: string, action: Action): JsonSchema => {
    const contract = known.get(capability);
    if (contract !== undefined) return objectSchema(contract.inputs);
    if (action === "approve" || action === "reject") return APPROVED_CALL;
    const workflow = workflows.find(({ workflowId }) => workflowId === capability);
    return workflow === undefined || action !== "start" ? objectSchema({}) : inputSchema(workflow, known);
  };
  // Compiled once: a decision table checks the same few kinds of input again and again.
  const checks = new Map<string, (input: unknown) => Checked<unknown>>();
  return {
    rules,
    sources,
    schemaOf,
    attempts: possibleAttempts(known, new Map(workflows.map((workflow) => [workflow.workflowId, workflow]))),
    findsCustomer: (capability) => existsSync(`functions/${capability}/find-customer.ts`),
    checkInput: (capability, action, input, { partly } = { partly: false }) => {
      const key = `${capability} ${action} ${partly}`;
      const check = checks.get(key) ?? checkOf(schemaOf(capability, action), partly);
      checks.set(key, check);
      return check(input);
    },
  };
}

const ajv = new Ajv({ allErrors: true, useDefaults: true, verbose: true });
formats.default(ajv);

/** By schema, as JSON: compiling costs far more than checking, and a process can read the project more than once. */
const validators = new Map<string, ValidateFunction>();

function checkOf(schema: JsonSchema, partly: boolean): (input: unknown) => Checked<unknown> {
  const checked = partly ? { ...schema, required: [] } : schema;
  const key = JSON.stringify(checked);
  const validate = validators.get(key) ?? ajv.compile(checked);
  validators.set(key, validate);
  return checkWith<unknown>(validate);
}
