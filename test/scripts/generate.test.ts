import { execFile } from "node:child_process";
import { cp, mkdir, mkdtemp, readdir, readFile, rm, stat, symlink, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "@jest/globals";

const CONTRACT = `capabilityId: make-report
provider:
  type: test
  operation: makeReport
inputs:
  title:
    type: string
outputs: {}
`;
const WORKFLOW = `workflowId: report
version: 1.0.0
steps:
  - id: make
    capability: make-report
    inputs:
      title: hello
`;
const POLICY = `policyId: default
version: 1.0.0
rules:
  - id: admin-may-do-everything
    effect: PERMIT
    condition: '"admin" in principal.roles'
`;
const TEMPLATE = `templateId: hello
subject: "Hello {{name}}"
data:
  name:
    type: string
`;

let project: string;

beforeEach(async () => {
  project = await mkdtemp(join(tmpdir(), "generate-"));
  for (const folder of ["lib", "scripts"]) await cp(folder, join(project, folder), { recursive: true });
  await cp("package.json", join(project, "package.json"));
  await symlink(join(process.cwd(), "node_modules"), join(project, "node_modules"));
  await given("functions/make-report/contract.yml", CONTRACT);
  await given("functions/make-report/operation.ts", "export const makeReport = () => {};\n");
  await cp("functions/pay-page/assets", join(project, "functions/pay-page/assets"), { recursive: true });
  await given("workflows/report.yml", WORKFLOW);
  await given("policies/default.yml", POLICY);
  await given("functions/send-email/templates/hello/template.yml", TEMPLATE);
  await given("functions/send-email/templates/hello/body.html", "<p>Hello {{name}}</p>\n");
  await given("functions/send-email/templates/hello/body.txt", "Hello {{{name}}}\n");
});

afterEach(() => rm(project, { recursive: true, force: true }));

async function given(path: string, text: string): Promise<void> {
  await mkdir(join(project, path, ".."), { recursive: true });
  await writeFile(join(project, path), text);
}

function generate(): Promise<{ status: number; output: string }> {
  return new Promise((resolve) => {
    const options = { cwd: project, timeout: 25_000 };
    execFile(process.execPath, ["scripts/generate.ts"], options, (error, stdout, stderr) => {
      resolve({ status: error === null ? 0 : 1, output: stdout + stderr });
    });
  });
}

describe("npm run generate", () => {
  it("writes modules that import nothing of what made them, and says in a line what it did", async () => {
    const { status, output } = await generate();

    expect(status).toBe(0);
    expect(output).toMatch(
      /^Generated 1 capabilities, 1 mail templates, 1 workflows, 1 policy rules \(\d+ files changed, \d+ ms\)\n$/,
    );
    const folder = join(project, "generated");
    for (const file of await readdir(folder, { recursive: true })) {
      if (!(await stat(join(folder, file))).isFile()) continue;
      expect(await readFile(join(folder, file), "utf8")).not.toMatch(
        /require\(|(?:from|import) ["'](?:ajv|yaml)/,
      );
    }
  });

  it("writes nothing when nothing changed, and removes what nothing makes any more", async () => {
    await generate();
    const second = await generate();
    expect(second.output).toContain("(0 files changed");

    await rm(join(project, "workflows/report.yml"));
    await rm(join(project, "functions/make-report"), { recursive: true });
    await generate();

    expect(await readdir(join(project, "generated/capabilities"))).toEqual([]);
  });

  it.each([
    [
      "a contract",
      "functions/make-report/contract.yml",
      CONTRACT.replace("type: string", "type: strng"),
      'functions/make-report/contract.yml:7:11 unknown type "strng" of field "title"; did you mean "string"?\n',
    ],
    [
      "a capability in another's folder",
      "functions/make-report/contract.yml",
      CONTRACT.replace("make-report", "make-reports"),
      'functions/make-report/contract.yml:1:1 capabilityId is "make-reports"; its folder must have that name\n',
    ],
    [
      "a workflow",
      "workflows/report.yml",
      WORKFLOW.replace("title", "titel"),
      'workflows/report.yml:7:7 capability make-report has no input "titel"; did you mean "title"?\n' +
        'workflows/report.yml:7:7 capability make-report requires the input "title"\n',
    ],
    [
      "a policy",
      "policies/default.yml",
      POLICY.replace("in principal", "in prinzipal"),
      'policies/default.yml:6:28 unknown variable "prinzipal"; did you mean "principal"?\n',
    ],
    [
      "a policy's name",
      "policies/default.yml",
      POLICY.replace("policyId: default", "policyId: defaults"),
      'policies/default.yml:1:11 policyId must be "default", as its file\n',
    ],
    [
      "the role of a decision table",
      "policies/default.cases.md",
      `| who | does | to | with | decision | by rule | because |
|---|---|---|---|---|---|---|
| admin, amdin | invoke | make-report | - | PERMIT | admin-may-do-everything | |
`,
      'policies/default.cases.md:3:10 no rule of policies/ mentions the role "amdin"; did you mean "admin"?\n',
    ],
    [
      "a mail's data",
      "functions/send-email/templates/hello/template.yml",
      TEMPLATE.replace("type:", "typ:"),
      'functions/send-email/templates/hello/template.yml:5:5 unknown key "typ" in field "name"; did you mean "type"?\n' +
        'functions/send-email/templates/hello/template.yml:5:5 field "name" has no type; ' +
        "known: string, number, object, array, timestamp, file, bytes, buffer\n",
    ],
    [
      "a mail's text",
      "functions/send-email/templates/hello/body.txt",
      "Hello\n  {{#name}} you\n",
      'functions/send-email/templates/hello/body.txt:3:1 Unclosed section "name"\n',
    ],
  ])("with a mistake in %s ends with 1 and says where it is", async (_given, path, text, says) => {
    await given(path, text);

    expect(await generate()).toEqual({ status: 1, output: says });
  });

  it("denies by having no rules where there are no policies", async () => {
    await rm(join(project, "policies"), { recursive: true });

    expect((await generate()).output).toContain("1 workflows, 0 policy rules");
    expect(await readFile(join(project, "generated/policy.ts"), "utf8")).toContain(
      "export const policy = createPolicy([]);",
    );
  });

  it("writes the rules of every policy, with defaults filled in and what their conditions read", async () => {
    await given(
      "policies/limits.yml",
      'policyId: limits\nversion: 1\nrules: [{ id: no-x, effect: DENY, condition: has(input.title) && input.title == "x" }]\n',
    );

    await generate();

    const written = await readFile(join(project, "generated/policy.ts"), "utf8");
    expect(JSON.parse(written.slice(written.indexOf("([") + 1, written.lastIndexOf(")")))).toEqual([
      {
        id: "admin-may-do-everything",
        effect: "PERMIT",
        condition: '"admin" in principal.roles',
        priority: 0,
        redactFields: [],
        reason: "The rule admin-may-do-everything of the policy default decides so",
        reads: { input: [], usage: [] },
      },
      {
        id: "no-x",
        effect: "DENY",
        condition: 'has(input.title) && input.title == "x"',
        priority: 0,
        redactFields: [],
        reason: "The rule no-x of the policy limits decides so",
        reads: { input: ["title"], usage: [] },
      },
    ]);
  });

  it("says what a mail needs", async () => {
    await rm(join(project, "functions/send-email/templates/hello/body.txt"));

    const { output } = await generate();

    expect(output).toBe(
      "functions/send-email/templates/hello/body.txt:1:1 the template needs body.txt: a mail is sent as HTML and as text\n",
    );
  });
});
