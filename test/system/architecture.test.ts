import { spawnSync } from "node:child_process";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "@jest/globals";

const root = process.cwd();
const scratch = mkdtempSync(join(tmpdir(), "architecture-"));
afterAll(() => rmSync(scratch, { recursive: true }));

interface Cruise {
  readonly modules: readonly {
    readonly source: string;
    readonly dependencies: readonly { readonly resolved: string }[];
  }[];
  readonly violations: readonly {
    readonly rule: { readonly name: string };
    readonly from: string;
    readonly to: string;
  }[];
}

function cruise(folder: string, places: string[]): Cruise {
  const run = spawnSync(
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
  if (run.stdout === "") throw new Error(run.stderr);
  const { modules, summary } = JSON.parse(run.stdout);
  expect(summary.totalCruised).toBeGreaterThan(0);
  return { modules, violations: summary.violations };
}

/** The names of the rules that the tree breaks, with the imports that break them. */
function brokenRules({ violations }: Cruise): string[] {
  return violations.map(({ rule, from, to }) => `${rule.name}: ${from} -> ${to}`);
}

/**
 * Folders below `root` that depend on themselves through others, each shown as its circle. Imports of types count, too,
 * because a reader needs both folders to understand either one.
 */
function foldersInCircles({ modules }: Cruise, root: "lib" | "stripe-emulator"): string[] {
  const folderOf = (file: string) => new RegExp(`^${root}/(.+)/[^/]+$`).exec(file)?.[1];
  const imports = new Map<string, Set<string>>();
  for (const { source, dependencies } of modules) {
    const from = folderOf(source);
    if (from === undefined) continue;
    const to = dependencies.flatMap(({ resolved }) => folderOf(resolved) ?? []);
    imports.set(from, new Set([...(imports.get(from) ?? []), ...to.filter((folder) => folder !== from)]));
  }
  const wayBack = (start: string, way: readonly string[], seen: Set<string>): string | undefined => {
    for (const next of imports.get(way.at(-1) ?? "") ?? []) {
      if (next === start) return [...way, start].join(" -> ");
      if (seen.has(next)) continue;
      seen.add(next);
      const found = wayBack(start, [...way, next], seen);
      if (found !== undefined) return found;
    }
    return undefined;
  };
  return [...imports.keys()].flatMap((folder) => wayBack(folder, [folder], new Set()) ?? []);
}

describe("given the source tree", () => {
  let tree: Cruise;
  beforeAll(() => {
    tree = cruise(root, [
      "client",
      "console",
      "lib",
      "functions",
      "generated",
      "resources",
      "local",
      "scripts",
      "stripe-emulator",
      "test",
    ]);
  });

  it("every import follows the rules of the architecture", () => {
    expect(brokenRules(tree)).toEqual([]);
  });

  it.each(["lib", "stripe-emulator"] as const)("no two folders of %s depend on each other", (folder) => {
    expect(tree.modules.filter(({ source }) => source.startsWith(`${folder}/`)).length).toBeGreaterThan(50);
    expect(foldersInCircles(tree, folder)).toEqual([]);
  });

  it("no folder or file has a name that says nothing", () => {
    const files = spawnSync("git", ["ls-files"], { cwd: root, encoding: "utf8" }).stdout.split("\n");
    expect(files.length).toBeGreaterThan(50);
    expect(files.filter((file) => /(^|\/)(utils?|helpers?|common|types)(\.ts|\/)/.test(file))).toEqual([]);
  });
});

/** A folder with these files; each contains the given import, or none. */
function treeOf(files: Readonly<Record<string, string>>): string {
  const tree = mkdtempSync(join(scratch, "tree-"));
  for (const [path, imported] of Object.entries(files)) {
    mkdirSync(join(tree, dirname(path)), { recursive: true });
    writeFileSync(join(tree, path), imported === "" ? "export {};\n" : `import "${imported}";\nexport {};\n`);
  }
  return tree;
}

/** Each rule, the file that breaks it and its import, and the imported file and its import. */
const BREACHES: readonly (readonly [string, string, string, string, string])[] = [
  ["no-circles", "lib/a/one.ts", "./two.ts", "lib/a/two.ts", "./one.ts"],
  ["transport-is-outermost", "lib/events/a.ts", "../transport/http.ts", "lib/transport/http.ts", ""],
  ["pipeline-knows-no-vendor", "lib/capability/a.ts", "../stripe/a.ts", "lib/stripe/a.ts", ""],
  ["pipeline-knows-no-vendor", "lib/audit/a.ts", "../aws/sqs.ts", "lib/aws/sqs.ts", ""],
  ["root-files-below-folders", "lib/a.ts", "./b/b.ts", "lib/b/b.ts", ""],
  ["adapters-know-no-product", "lib/aws/a.ts", "../b/c.ts", "lib/b/c.ts", ""],
  ["compiler-at-build-time", "lib/b/a.ts", "../compiler/b.ts", "lib/compiler/b.ts", ""],
  ["reading-changes-nothing", "functions/get-a/a.ts", "../../lib/usage/b.ts", "lib/usage/b.ts", ""],
  ["pipeline-knows-no-vendor", "lib/lease/a.ts", "../aws/sqs.ts", "lib/aws/sqs.ts", ""],
  ["functions-stand-alone", "functions/a/handler.ts", "../b/handler.ts", "functions/b/handler.ts", ""],
  ["deployed-code-knows-no-laptop", "lib/b/d.ts", "../../local/b.ts", "local/b.ts", ""],
  ["lib-below-functions", "lib/b/e.ts", "../../functions/c/handler.ts", "functions/c/handler.ts", ""],
  ["client-runs-anywhere", "client/a.ts", "../lib/b/g.ts", "lib/b/g.ts", ""],
  ["client-by-its-entry", "scripts/c.ts", "../client/b.ts", "client/b.ts", ""],
  ["emulator-is-a-product-of-its-own", "stripe-emulator/a.ts", "../lib/b/f.ts", "lib/b/f.ts", ""],
  [
    "emulator-is-a-product-of-its-own",
    "stripe-emulator/test/a.ts",
    "../../test/steps/a.ts",
    "test/steps/a.ts",
    "",
  ],
  ["emulator-is-a-product-of-its-own", "stripe-emulator/b.ts", "../generated/a.ts", "generated/a.ts", ""],
  ["emulator-by-its-entry", "scripts/a.ts", "../stripe-emulator/c.ts", "stripe-emulator/c.ts", ""],
  ["emulator-by-its-entry", "test/a.ts", "../stripe-emulator/test/b.ts", "stripe-emulator/test/b.ts", ""],
  [
    "emulator-api-knows-no-webhooks-or-pages",
    "stripe-emulator/resources/a.ts",
    "../webhooks/a.ts",
    "stripe-emulator/webhooks/a.ts",
    "",
  ],
];

describe("given a tree that breaks every rule", () => {
  let reported: string[];
  beforeAll(() => {
    const files = BREACHES.flatMap(([, file, target, targetFile, back]) => [
      [file, target],
      [targetFile, back],
    ]);
    const folders = ["client", "lib", "functions", "scripts", "stripe-emulator", "test"];
    reported = brokenRules(cruise(treeOf(Object.fromEntries(files)), folders));
  });

  it.each(BREACHES)("%s is reported for %s", (rule, file, ..._imports) => {
    expect(reported).toContainEqual(expect.stringContaining(`${rule}: ${file}`));
  });

  it("two folders that depend on each other are reported, even when no files do", () => {
    const tree = treeOf({
      "lib/a/one.ts": "../b/one.ts",
      "lib/a/two.ts": "",
      "lib/b/one.ts": "",
      "lib/b/two.ts": "../a/two.ts",
    });
    const circles = cruise(tree, ["lib"]);
    expect(brokenRules(circles)).toEqual([]);
    expect(foldersInCircles(circles, "lib")).toEqual(["a -> b -> a", "b -> a -> b"]);
  });
});
