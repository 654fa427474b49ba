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
  await cp("functions/pay-page/assets", join(project, "functions/pay-page/assets"), { recursive: true });
  await given("workflows/report.yml", WORKFLOW);
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
    execFile(process.execPath, ["scripts/generate.ts"], { cwd: project }, (error, stdout, stderr) => {
      resolve({ status: error === null ? 0 : 1, output: stdout + stderr });
    });
  });
}

describe("npm run generate", () => {
  it("writes modules that import nothing of what made them, and says in a line what it did", async () => {
    const { status, output } = await generate();

    expect(status).toBe(0);
    expect(output).toMatch(
      /^Generated 1 capabilities, 1 mail templates, 1 workflows \(\d+ files changed, \d+ ms\)\n$/,
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

  it("says what a mail needs", async () => {
    await rm(join(project, "functions/send-email/templates/hello/body.txt"));

    const { output } = await generate();

    expect(output).toBe(
      "functions/send-email/templates/hello/body.txt:1:1 the template needs body.txt: a mail is sent as HTML and as text\n",
    );
  });
});
