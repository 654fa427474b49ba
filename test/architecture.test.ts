import { spawnSync } from "node:child_process";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { afterAll, describe, expect, it } from "@jest/globals";

const root = process.cwd();
const scratch = mkdtempSync(join(tmpdir(), "architecture-"));
afterAll(() => rmSync(scratch, { recursive: true }));

/** Names of the rules that the tree in `folder` breaks, with the imports that break them. */
function violations(folder: string, places: string[]): string[] {
  const cruise = spawnSync(
    process.execPath,
    [
      join(root, "node_modules/.bin/depcruise"),
      "--config",
      join(root, ".dependency-cruiser.cjs"),
      "--output-type",
      "json",
      ...places,
    ],
    { cwd: folder, encoding: "utf8", maxBuffer: 64 * 1024 * 1024 },
  );
  if (cruise.stdout === "") throw new Error(cruise.stderr);
  const { summary } = JSON.parse(cruise.stdout);
  expect(summary.totalCruised).toBeGreaterThan(0);
  return summary.violations.map(
    (found: { rule: { name: string }; from: string; to: string }) =>
      `${found.rule.name}: ${found.from} -> ${found.to}`,
  );
}

describe("given the source tree", () => {
  it("every import goes the way the architecture says", () => {
    expect(violations(root, ["lib", "functions", "local", "scripts"])).toEqual([]);
  });

  it("no folder or file hides behind a name that says nothing", () => {
    const files = spawnSync("git", ["ls-files"], { cwd: root, encoding: "utf8" }).stdout.split("\n");
    expect(files.length).toBeGreaterThan(50);
    expect(files.filter((file) => /(^|\/)(utils?|helpers?|common|types)(\.ts|\/)/.test(file))).toEqual([]);
  });
});

describe("given a tree that breaks a rule", () => {
  it.each([
    ["no-circles", "lib/a/a.ts", "../b/b.ts", "lib/b/b.ts", "../a/a.ts"],
    ["transport-is-outermost", "lib/events/a.ts", "../transport/http.ts", "lib/transport/http.ts", ""],
    ["pipeline-knows-no-vendor", "lib/capability/a.ts", "../stripe.ts", "lib/stripe.ts", ""],
    ["functions-stand-alone", "functions/a/handler.ts", "../b/handler.ts", "functions/b/handler.ts", ""],
    ["deployed-code-knows-no-laptop", "lib/a.ts", "../local/b.ts", "local/b.ts", ""],
    ["lib-below-functions", "lib/a.ts", "../functions/b/handler.ts", "functions/b/handler.ts", ""],
    ["emulator-is-driven-over-http", "local/stripe/a.ts", "../../lib/b.ts", "lib/b.ts", ""],
  ])("%s is reported", (rule, file, target, targetFile, back) => {
    const tree = mkdtempSync(join(scratch, "tree-"));
    const write = (path: string, imported: string) => {
      mkdirSync(join(tree, dirname(path)), { recursive: true });
      writeFileSync(
        join(tree, path),
        imported === "" ? "export {};\n" : `import "${imported}";\nexport {};\n`,
      );
    };
    write(file, target);
    write(targetFile, back);
    expect(violations(tree, [file.split("/")[0] ?? "", targetFile.split("/")[0] ?? ""])).toContainEqual(
      expect.stringContaining(`${rule}: ${file}`),
    );
  });
});
