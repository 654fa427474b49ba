/** The first step of every npm script: it installs the locked dependencies, unless npm has done that. */
import { spawnSync } from "node:child_process";
import { cpSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { delimiter, dirname, join } from "node:path";
import { afterEach, describe, expect, it } from "@jest/globals";

const folders: string[] = [];
afterEach(() => {
  for (const folder of folders.splice(0)) rmSync(folder, { recursive: true, force: true });
});

type Packages = Record<string, { version: string; optional?: boolean }>;
const locked: Packages = {
  "": { version: "1.0.0" },
  "node_modules/stripe": { version: "23.1.0" },
  "node_modules/@esbuild/win32-x64": { version: "0.28.2", optional: true },
};

/** Runs the script in a project with this installation and with a stand-in for npm, which says what it was called with. */
function runWith({ installed }: { installed: Packages | undefined }): string {
  const root = mkdtempSync(join(tmpdir(), "install-"));
  folders.push(root);
  const write = (path: string, text: string, mode = 0o644) => {
    mkdirSync(dirname(join(root, path)), { recursive: true });
    writeFileSync(join(root, path), text, { mode });
  };
  cpSync("scripts/install-if-missing.mjs", join(root, "scripts/install-if-missing.mjs"));
  write("package-lock.json", JSON.stringify({ packages: locked }));
  if (installed !== undefined)
    write("node_modules/.package-lock.json", JSON.stringify({ packages: installed }));
  write("bin/npm", '#!/bin/sh\necho "npm $1" >&2\n', 0o755);
  const { status, stderr } = spawnSync(process.execPath, [join(root, "scripts/install-if-missing.mjs")], {
    env: { ...process.env, PATH: `${join(root, "bin")}${delimiter}${process.env.PATH}` },
    encoding: "utf8",
  });
  expect(status).toBe(0);
  return stderr;
}

describe("an npm script in a clone", () => {
  const stripe = { version: "23.1.0" };

  it("installs the dependencies when nobody has, or an installation was interrupted", () => {
    expect(runWith({ installed: undefined })).toContain("npm ci");
  });

  it("installs nothing after `npm ci` or `npm install`, which leave out packages for other platforms", () => {
    expect(runWith({ installed: { "node_modules/stripe": stripe } })).toBe("");
  });

  it.each([
    { name: "has another version of a package", installed: { "node_modules/stripe": { version: "23.0.0" } } },
    { name: "does not have a package", installed: {} },
  ])("installs the dependencies again when the installation $name", ({ installed }) => {
    expect(runWith({ installed })).toContain("npm ci");
  });
});
