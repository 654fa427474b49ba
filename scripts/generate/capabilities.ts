/**
 * functions/<capability>/contract.yml -> generated/capabilities/<capability>.ts: types, validators, the paths of
 * sensitive fields and of those that the audit log keeps.
 */
import { compile } from "json-schema-to-typescript";
import { auditableFields } from "../../lib/compiler/contract/auditable-fields.ts";
import type { Fields } from "../../lib/compiler/contract/field.ts";
import { objectSchema } from "../../lib/compiler/contract/json-schema.ts";
import type { Contract } from "../../lib/compiler/contract/load-contract.ts";
import { queryFields } from "../../lib/compiler/contract/query-fields.ts";
import { sensitivePaths } from "../../lib/compiler/contract/sensitive-fields.ts";
import { BANNER, type Output } from "./output.ts";
import { writeValidators } from "./validators.ts";

export async function generateCapabilities(output: Output, contracts: readonly Contract[]): Promise<void> {
  await Promise.all(contracts.map((contract) => generateCapability(output, contract)));
}

async function generateCapability(output: Output, contract: Contract): Promise<void> {
  const { capabilityId, provider, inputs, outputs } = contract;
  await writeValidators(output, `capabilities/${capabilityId}.validators`, {
    validateInputs: objectSchema(inputs),
    validateOutputs: objectSchema(outputs),
  });
  const query = queryFields(contract);
  const payload = (fields: Fields, type: string, check: string) =>
    `{
    check: ${check}<${type}>(validate${type}),
    sensitivePaths: ${JSON.stringify(sensitivePaths(fields))},
${Object.entries(auditableFields(fields))
  .map(([name, paths]) => `    ${name}: ${JSON.stringify(paths)},\n`)
  .join("")}  }`;
  output.write(
    `capabilities/${capabilityId}.ts`,
    `${BANNER}import type { CapabilityContract } from "../../lib/capability/capability.ts";
import { checkOutputsWith, checkWith } from "../../lib/contract/validation-issues.ts";
import { validateInputs, validateOutputs } from "./${capabilityId}.validators.js";

${await typeOf(inputs, "Inputs")}
${await typeOf(outputs, "Outputs")}
export const contract: CapabilityContract<Inputs, Outputs> = {
  capabilityId: ${JSON.stringify(capabilityId)},
  provider: ${JSON.stringify(provider.type)},
  operation: ${JSON.stringify(provider.operation)},
  inputs: ${payload(inputs, "Inputs", "checkWith")},
  outputs: ${payload(outputs, "Outputs", "checkOutputsWith")},
${query === undefined ? "" : `  query: ${JSON.stringify(query)},\n`}};
`,
  );
}

function typeOf(fields: Fields, name: string): Promise<string> {
  return compile(objectSchema(fields, "checked"), name, {
    bannerComment: "",
    format: false,
    additionalProperties: true,
  });
}
