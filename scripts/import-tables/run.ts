/** Runs `npm run import-tables`. */
import { mkdirSync, writeFileSync } from "node:fs";
import { text } from "node:stream/consumers";
import { Problem } from "../../lib/errors.ts";
import type { Verdict } from "../command-line/command.ts";
import { serviceName } from "../target.ts";
import type { ImportTablesAsked } from "./command.ts";
import { importFiles } from "./import-files.ts";

const FOLDER = ".local/import-tables";

export async function runImportTables({ stage }: ImportTablesAsked): Promise<Verdict> {
  const stackName = `${serviceName()}-${stage}`;
  const { template, resources, missing } = importFiles(namesIn(await text(process.stdin)), stackName);
  mkdirSync(FOLDER, { recursive: true });
  writeFileSync(`${FOLDER}/template.json`, JSON.stringify(template, undefined, 2));
  writeFileSync(`${FOLDER}/resources.json`, JSON.stringify(resources, undefined, 2));
  console.log(
    `Wrote ${FOLDER}/template.json and ${FOLDER}/resources.json for ${resources.length} tables of ${stackName}.`,
  );
  if (missing.length > 0)
    console.log(`Not in the list, so the next deployment creates them: ${missing.join(", ")}.`);
  return "nothing wrong";
}

function namesIn(input: string): string[] {
  const parsed = parsedJson(input);
  if (Array.isArray(parsed) && parsed.every((name) => typeof name === "string")) return parsed;
  throw new Problem(
    "BAD_REQUEST",
    "Standard input must be a JSON list of names, as aws dynamodb list-tables --query TableNames --output json prints it",
  );
}

function parsedJson(input: string): unknown {
  try {
    return JSON.parse(input);
  } catch {
    return undefined;
  }
}
