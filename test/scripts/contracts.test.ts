/** `npm run contracts`, in a repository of its own. */
import { execFileSync } from "node:child_process";
import { cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "@jest/globals";
import { breakingChanges } from "../../lib/compiler/evolution/breaking-changes.ts";
import { atCommit, readVersion } from "../../scripts/contracts/read-version.ts";
import { spawned } from "../steps/commands.ts";

const CONTRACT = "functions/stripe-get-customer/contract.yml";
let folder: string;
const git = (...words: readonly string[]) =>
  execFileSync("git", ["-c", "user.name=test", "-c", "user.email=test@example.com", ...words], {
    cwd: folder,
  });

beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), "contracts-test-"));
  mkdirSync(join(folder, "functions"));
  cpSync("functions/stripe-get-customer", join(folder, "functions/stripe-get-customer"), { recursive: true });
  cpSync("workflows", join(folder, "workflows"), { recursive: true });
  git("init", "-q");
  git("add", ".");
  git("commit", "-q", "-m", "Begin");
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const breaksSince = async (ref: string) =>
  breakingChanges(await atCommit(folder, ref, readVersion), readVersion(folder));

describe("given a repository", () => {
  it("a change that is not committed is compared with the commit", async () => {
    expect(await breaksSince("HEAD")).toEqual([]);
    const text = readFileSync(join(folder, CONTRACT), "utf8");
    writeFileSync(join(folder, CONTRACT), text.replace(/^inputs:$/m, "inputs:\n  region: { type: string }"));
    expect(await breaksSince("HEAD")).toMatchObject([
      { file: CONTRACT, message: "input region is new, and required" },
    ]);
  });

  it("a commit that git does not know is refused, and what looks like an option", async () => {
    for (const ref of ["nothing", "--output=/tmp/x", ""])
      await expect(breaksSince(ref)).rejects.toThrow("is not a commit, tag or branch");
  });
});

describe("given this repository", () => {
  it("nothing breaks since its own last commit, by the command", async () => {
    expect(await spawned("contracts", "check HEAD")).toMatchObject({
      out: expect.stringContaining("No breaking change since HEAD."),
      status: 0,
    });
  });
});
