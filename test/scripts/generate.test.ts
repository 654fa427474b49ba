import { execFileSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { mkdir, mkdtemp, readdir, readFile, rm, stat, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { afterAll, afterEach, beforeEach, describe, expect, it, jest } from "@jest/globals";
import { stop } from "esbuild";
import { parse } from "yaml";
import { SourceError } from "../../lib/compiler/source/source-issue.ts";

/** One mistake in the correct project, or several independent ones. */
interface Mistake {
  readonly given: string;
  /** The new text of files, by path; null removes the file. */
  readonly files?: Readonly<Record<string, string | null>>;
  /** A text to replace in files and its replacement, by path. */
  readonly replace?: Readonly<Record<string, readonly [string, string]>>;
  readonly says: readonly string[];
}

const SOUND: Readonly<Record<string, string>> = {
  "functions/make-report/contract.yml": `capabilityId: make-report
provider:
  type: stripe
  operation: makeReport
inputs:
  title:
    type: string
outputs: {}
`,
  "functions/make-report/operation.ts": `import type { Inputs } from "../../generated/capabilities/make-report.ts";
export type Title = string;
export const headline = (inputs: Inputs) => inputs;
export const makeReport = () => ({});
`,
  "functions/make-report/check-inputs.ts": "export const checkInputs = () => {};\n",
  "functions/send-email/contract.yml": readFileSync("functions/send-email/contract.yml", "utf8"),
  "functions/send-email/operation.ts": "export const sendEmail = () => ({});\n",
  "functions/send-email/templates/hello/template.yml": `templateId: hello
subject: "Hello {{name}}"
data:
  name:
    type: string
`,
  "functions/send-email/templates/hello/body.html": "<p>Hello {{name}}</p>\n",
  "functions/send-email/templates/hello/body.txt": "Hello {{{name}}}\n",
  "functions/pay-page/assets/pay.js": "run();\n",
  "functions/pay-page/assets/pay.css": "body {}\n",
  "workflows/report.yml": `workflowId: report
version: 1.0.0
steps:
  - id: make
    capability: make-report
    inputs:
      title: hello
  - id: mail
    capability: send-email
    inputs:
      to: ada@example.com
      template: hello
      data: { name: Ada }
`,
  "policies/default.yml": `policyId: default
version: 1.0.0
rules:
  - id: admin-may-do-everything
    effect: PERMIT
    condition: '"admin" in principal.roles'
`,
};

// json-schema-to-typescript loads it, and does not use it with `format: false`; Jest cannot load its ES modules.
// Modules that use it are imported after this line runs.
jest.mock("prettier", () => ({}));

let project: string;

beforeEach(async () => {
  project = await mkdtemp(join(tmpdir(), "generate-"));
  for (const [path, text] of Object.entries(SOUND)) await given(path, text);
});

afterEach(() => rm(project, { recursive: true, force: true }));
// esbuild works in its own process, which would outlive the tests.
afterAll(() => stop());

async function given(path: string, text: string): Promise<void> {
  await mkdir(dirname(join(project, path)), { recursive: true });
  await writeFile(join(project, path), text);
}

/** Generates the project, and returns the summary or the mistakes. */
async function generate(): Promise<string> {
  const { generateProject } = await import("../../scripts/generate/generate-project.ts");
  try {
    const { summary, written } = await generateProject(project);
    return `${summary} (${written} files changed)`;
  } catch (error) {
    if (error instanceof SourceError) return error.message;
    throw error;
  }
}

describe("npm run generate", () => {
  it("writes modules that do not import the tools that made them, and prints a summary", async () => {
    expect(await generate()).toMatch(
      /^2 capabilities, 1 mail templates, 1 workflows, 1 policy rules \(\d+ files changed\)$/,
    );
    const folder = join(project, "generated");
    for (const file of await readdir(folder, { recursive: true })) {
      if (!(await stat(join(folder, file))).isFile()) continue;
      expect(await readFile(join(folder, file), "utf8")).not.toMatch(
        /(?<!')\brequire\(|(?:from|import) ["'](?:ajv|yaml)/,
      );
    }
  });

  it("writes nothing when nothing changed, and removes files that are no longer generated", async () => {
    await generate();
    expect(await generate()).toContain("(0 files changed");

    await rm(join(project, "workflows/report.yml"));
    await rm(join(project, "functions/make-report"), { recursive: true });
    await generate();

    expect(await readdir(join(project, "generated/capabilities"))).toEqual([
      "send-email.ts",
      "send-email.validators.d.ts",
      "send-email.validators.js",
    ]);
  });

  it("writes nothing when there is a mistake", async () => {
    await given("policies/default.yml", "policyId: default\n");
    await generate();

    await expect(stat(join(project, "generated"))).rejects.toThrow("ENOENT");
  });

  it("without policies, writes a policy without rules, which denies everything", async () => {
    await rm(join(project, "policies"), { recursive: true });

    expect(await generate()).toContain("1 workflows, 0 policy rules");
    expect(await readFile(join(project, "generated/policy.ts"), "utf8")).toContain(
      "const rules: readonly PolicyRule[] = [];",
    );
  });

  it.each([
    ["compiled, without cel-js", 'has(input.title) && input.title == "x"', false],
    [
      "as it is, with cel-js, if it has more than CEL's common part",
      'now < timestamp("2027-01-01T00:00:00Z")',
      true,
    ],
  ])("writes a condition %s", async (_form, condition, hasCel) => {
    await given(
      "policies/limits.yml",
      `policyId: limits\nversion: 1\nrules: [{ id: no-x, effect: DENY, condition: ${JSON.stringify(condition)} }]\n`,
    );

    await generate();

    const written = await readFile(join(project, "generated/policy.ts"), "utf8");
    expect(written.includes("lib/policy/condition.ts")).toBe(hasCel);
    expect(written.includes('["no-x", [')).toBe(!hasCel);
  });

  it("writes the rules of every policy, with defaults and with the inputs that their conditions read", async () => {
    await given(
      "policies/limits.yml",
      'policyId: limits\nversion: 1\nrules: [{ id: no-x, effect: DENY, condition: has(input.title) && input.title == "x" }]\n',
    );

    await generate();

    const written = await readFile(join(project, "generated/policy.ts"), "utf8");
    const [, rules = ""] = /const rules: readonly PolicyRule\[\] = (\[.*?\n\]);/s.exec(written) ?? [];
    expect(JSON.parse(rules)).toEqual([
      {
        id: "admin-may-do-everything",
        effect: "PERMIT",
        condition: '"admin" in principal.roles',
        priority: 0,
        redactFields: [],
        reason: "Decided by rule admin-may-do-everything of policy default",
        reads: { input: [], usage: [] },
      },
      {
        id: "no-x",
        effect: "DENY",
        condition: 'has(input.title) && input.title == "x"',
        priority: 0,
        redactFields: [],
        reason: "Decided by rule no-x of policy limits",
        reads: { input: ["title"], usage: [] },
      },
    ]);
  });

  it("ends with 1 and prints only the mistakes", async () => {
    await given("policies/default.yml", "policyId: default\nversion: 1\n");
    const script = join(process.cwd(), "scripts/generate.ts");
    const run = () =>
      execFileSync(process.execPath, [script], { cwd: project, encoding: "utf8", stdio: "pipe" });

    expect(run).toThrow(
      expect.objectContaining({
        status: 1,
        stdout: "",
        stderr: "policies/default.yml:1:1 rules must be a list of at least one rule\n",
      }),
    );
  });
});

describe("npm run generate, for a project with a mistake", () => {
  const mistakes: Mistake[] = parse(readFileSync("test/scripts/generate/project-mistakes.yml", "utf8"));

  it.each(mistakes)("reports $given, with file, line and column", async ({ files, replace, says }) => {
    for (const [path, text] of Object.entries(files ?? {})) {
      if (text === null) await rm(join(project, path));
      else await given(path, text);
    }
    for (const [path, [instead, text]] of Object.entries(replace ?? {})) {
      expect(SOUND[path]).toContain(instead);
      await given(path, (SOUND[path] ?? "").replace(instead, text));
    }

    expect((await generate()).split("\n")).toEqual(says);
  });
});
