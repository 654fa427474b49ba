/** functions/<capability>/contract.yml -> generated/capabilities/<capability>.ts: types, validators, what is sensitive. */
import { globSync, readFileSync } from "node:fs";
import { dirname } from "node:path";
import { compile } from "json-schema-to-typescript";
import type { Fields } from "../../lib/contract/field.ts";
import { objectSchema } from "../../lib/contract/json-schema.ts";
import { type Contract, loadContract } from "../../lib/contract/load-contract.ts";
import { sensitivePaths } from "../../lib/contract/sensitive-fields.ts";
import { SourceError, type SourceIssue } from "../../lib/contract/source-issue.ts";
import { BANNER, type Output } from "./output.ts";
import { writeValidators } from "./validators.ts";

/** Every contract of the functions folder. Throws a SourceError with the mistakes of all files together. */
export function loadContracts(): Contract[] {
  const issues: SourceIssue[] = [];
  const contracts: Contract[] = [];
  for (const file of globSync("functions/*/contract.yml").sort()) {
    try {
      const contract = loadContract(file, readFileSync(file, "utf8"));
      if (!dirname(file).endsWith(`/${contract.capabilityId}`)) {
        issues.push({
          file,
          line: 1,
          column: 1,
          message: `capabilityId is "${contract.capabilityId}"; its folder must have that name`,
        });
      }
      contracts.push(contract);
    } catch (error) {
      if (!(error instanceof SourceError)) throw error;
      issues.push(...error.issues);
    }
  }
  if (issues.length > 0) throw new SourceError(issues);
  return contracts;
}

/** Generates all capabilities and answers their contracts. */
export async function generateCapabilities(output: Output): Promise<Contract[]> {
  const contracts = loadContracts();
  await Promise.all(contracts.map((contract) => generateCapability(output, contract)));
  return contracts;
}

async function generateCapability(output: Output, contract: Contract): Promise<void> {
  const { capabilityId, provider, inputs, outputs } = contract;
  await writeValidators(output, `capabilities/${capabilityId}.validators`, {
    validateInputs: objectSchema(inputs),
    validateOutputs: objectSchema(outputs),
  });
  const payload = (fields: Fields, type: string) =>
    `{ check: checkWith<${type}>(validate${type}), sensitivePaths: ${JSON.stringify(sensitivePaths(fields))} }`;
  output.write(
    `capabilities/${capabilityId}.ts`,
    `${BANNER}import type { CapabilityContract } from "../../lib/capability/capability.ts";
import { checkWith } from "../../lib/contract/validation-issues.ts";
import { validateInputs, validateOutputs } from "./${capabilityId}.validators.js";

${await typeOf(inputs, "Inputs")}
${await typeOf(outputs, "Outputs")}
export const contract: CapabilityContract<Inputs, Outputs> = {
  capabilityId: ${JSON.stringify(capabilityId)},
  provider: ${JSON.stringify(provider.type)},
  operation: ${JSON.stringify(provider.operation)},
  inputs: ${payload(inputs, "Inputs")},
  outputs: ${payload(outputs, "Outputs")},
};
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
