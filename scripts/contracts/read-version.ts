/** Reads the parts of a project that callers and applications depend on, now or as they were at a commit. */
import { execFile } from "node:child_process";
import { existsSync, globSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import type { ProjectVersion } from "../../lib/compiler/evolution/breaking-changes.ts";
import { YamlSource } from "../../lib/compiler/source/yaml-source.ts";
import { loadWorkflow } from "../../lib/compiler/workflow/load-workflow.ts";
import { invalidField } from "../../lib/errors.ts";
import { readContracts } from "../generate/load-contracts.ts";

const NOTIFICATIONS = "docs/notification.schema.json";
const PARTS = ["functions", "workflows", NOTIFICATIONS];

const run = promisify(execFile);

/** The project below `root`, as far as it can be understood. */
export function readVersion(root: string): ProjectVersion {
  const schema = join(root, NOTIFICATIONS);
  return {
    contracts: readContracts(root).files.map(({ contract, source }) => ({ value: contract, source })),
    workflows: globSync("workflows/*.yml", { cwd: root })
      .sort()
      .map((file) => {
        const { workflow, source } = loadWorkflow(file, readFileSync(join(root, file), "utf8"));
        return { value: workflow, source };
      }),
    notifications: existsSync(schema)
      ? new YamlSource(NOTIFICATIONS, readFileSync(schema, "utf8"))
      : undefined,
  };
}

/** Calls `read` with a folder that has the project's files as they were at the commit. Throws a Problem if git does not know it. */
export async function atCommit<T>(root: string, ref: string, read: (folder: string) => T): Promise<T> {
  const folder = mkdtempSync(join(tmpdir(), "contracts-"));
  try {
    const commit = await commitOf(root, ref);
    const { stdout } = await run("git", ["ls-tree", "--name-only", commit, ...PARTS], { cwd: root });
    const parts = stdout.split("\n").filter((part) => part !== "");
    const archive = join(folder, "project.tar");
    await run("git", ["archive", "--output", archive, commit, "--", ...parts], { cwd: root });
    await run("tar", ["-xf", archive, "-C", folder]);
    return read(folder);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

/** Also keeps a ref that looks like an option from reaching `git archive`. */
async function commitOf(root: string, ref: string): Promise<string> {
  try {
    const name = `${ref}^{commit}`;
    const { stdout } = await run("git", ["rev-parse", "--verify", "--quiet", "--end-of-options", name], {
      cwd: root,
    });
    return stdout.trim();
  } catch {
    throw invalidField("ref", "is not a commit, tag or branch of this repository");
  }
}
