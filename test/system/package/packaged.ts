/** The package that would be deployed, made once, without an AWS account and without network. */
import { spawn } from "node:child_process";
import { once } from "node:events";
import { readFileSync, rmSync } from "node:fs";
import { afterAll, beforeAll, expect } from "@jest/globals";
import { fieldsOf } from "../../../lib/untrusted.ts";
import { roleId } from "../../../resources/cloudformation.ts";
import { functionDefinitions } from "../../../resources/functions.ts";
import { ALARMS_STACK, ALARMS_TEMPLATE } from "../../../resources/package-plugin.ts";
import { loadProject } from "../../../scripts/generate/load-project.ts";

export interface Resource {
  readonly Type: string;
  readonly DeletionPolicy?: string;
  readonly UpdateReplacePolicy?: string;
  readonly Properties: Record<string, unknown>;
}

export interface PackagedTemplate {
  readonly Resources: Record<string, Resource>;
  readonly Parameters: Record<string, unknown>;
}

export const FOLDER = ".local/package-test";
export const REGION = "us-east-1";
export let template: PackagedTemplate;
export let alarmsTemplate: PackagedTemplate;
/** Of both templates. */
export let resources: Record<string, Resource>;

/** Runs the framework, without AWS credentials. */
export async function serverless(words: readonly string[], environment: Record<string, string> = {}) {
  // With this umask, files get other permissions than on most machines.
  const child = spawn("sh", ["-c", 'umask 077; exec serverless "$@"', "sh", ...words], {
    env: {
      ...process.env,
      AWS_ACCESS_KEY_ID: "",
      AWS_SECRET_ACCESS_KEY: "",
      AWS_PROFILE: "",
      AWS_REGION: "",
      AWS_DEFAULT_REGION: "",
      AWS_CONFIG_FILE: "none",
      NODE_OPTIONS: "",
      ...environment,
    },
  });
  const output = { stdout: "", stderr: "" };
  child.stdout.on("data", (data) => {
    output.stdout += String(data);
  });
  child.stderr.on("data", (data) => {
    output.stderr += String(data);
  });
  const [status] = await once(child, "close");
  return { status, ...output };
}

beforeAll(async () => {
  const { status, stdout, stderr } = await serverless(["package", "--package", FOLDER]);
  if (status !== 0) throw new Error(`${stdout}\n${stderr}`);
  template = JSON.parse(readFileSync(`${FOLDER}/cloudformation-template-update-stack.json`, "utf8"));
  alarmsTemplate = JSON.parse(readFileSync(`${FOLDER}/${ALARMS_TEMPLATE}`, "utf8"));
  resources = { ...template.Resources, ...resourcesOfAlarms() };
});

/** The resources of the nested stack, as if they were in the stack outside. */
function resourcesOfAlarms(): Record<string, Resource> {
  const passed = fieldsOf(template.Resources[ALARMS_STACK]?.Properties.Parameters);
  const { Parameters, Resources } = alarmsTemplate;
  expect(Object.keys(passed).sort()).toEqual(Object.keys(Parameters).sort());
  return JSON.parse(
    JSON.stringify(Resources).replaceAll(/\{"Ref":"(\w+)"\}/g, (whole, name: string) =>
      passed[name] === undefined ? whole : JSON.stringify(passed[name]),
    ),
  );
}
afterAll(() => rmSync(FOLDER, { recursive: true, force: true }));

export const ofType = (type: string) => Object.values(resources).filter((resource) => resource.Type === type);
export const text = (value: unknown) => JSON.stringify(value);

export const roleOf = (name: string): Resource | undefined => resources[roleId(name)];

export const DEFINITIONS = functionDefinitions(loadProject().contracts);
export const FUNCTIONS = DEFINITIONS.map(({ name }) => name);
