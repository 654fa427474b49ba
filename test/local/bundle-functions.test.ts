/** Bundles small services with the options of serverless.yml, as serverless-esbuild hands them over. */
import {
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  utimesSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "@jest/globals";
import { type BuildOptions, build } from "esbuild";
import { keepBundles, keptBundles } from "../../local/bundle-cache.ts";
import { bundleInOneRun } from "../../local/bundle-functions.ts";

const OPTIONS = {
  bundle: true,
  minify: true,
  format: "cjs",
  platform: "node",
  target: "node24",
  mainFields: ["module", "main"],
} satisfies BuildOptions;
const SOURCES = {
  "lib/greeting.ts": 'export const greeting = (name: string) => "Hello " + name;',
  "functions/greet/handler.ts": `import { greeting } from "../../lib/greeting.ts";
    export const handler = async (name: string) => greeting(name);`,
  "functions/part/handler.ts": `import { greeting } from "../../lib/greeting.ts";
    export const handler = async () => greeting("you") + "; bye";`,
};
const GREET = "functions/greet/handler.cjs";

let root: string;
let service: string;
let cache: string;

beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), "bundles-"));
  service = join(root, "service");
  cache = join(root, "cache");
  for (const [path, text] of Object.entries(SOURCES)) write(join(service, path), text);
});
afterEach(() => rmSync(root, { recursive: true, force: true }));

/** Writes a file as if it had been there for a minute. */
function write(file: string, text: string): void {
  mkdirSync(dirname(file), { recursive: true });
  writeFileSync(file, text);
  const before = (Date.now() - 60_000) / 1_000;
  utimesSync(file, before, before);
}

/** Makes a file a minute older. */
function age(file: string): void {
  const before = statSync(file).mtimeMs / 1_000 - 60;
  utimesSync(file, before, before);
}

/** A process of the framework that bundles the functions of a service into a folder of its own. */
function givenProcess({ serviceDir = service, cacheFolder = "", options = {} } = {}) {
  const buildDirPath = mkdtempSync(join(root, "bundles-"));
  const plugin = {
    bundle: async () => {},
    prepare: (): unknown => undefined,
    functionEntries: ["greet", "part"].map((name) => ({
      entry: `functions/${name}/handler.ts`,
      func: { handler: `functions/${name}/handler.handler` },
      functionAlias: name,
    })),
    buildDirPath,
    buildOptions: {
      ...OPTIONS,
      ...options,
      logLevel: "silent",
      // Some of the plugin's own settings, which esbuild would refuse.
      exclude: ["aws-sdk"],
      watch: {},
      outputFileExtension: ".cjs",
    },
    buildResults: [] as object[],
  };
  bundleInOneRun(
    {
      serviceDir,
      configurationInput: {},
      processedInput: { commands: [] },
      service: { service: "small", provider: {}, functions: {} },
      pluginManager: { plugins: [plugin] },
    },
    cacheFolder === "" ? undefined : cacheFolder,
  );
  return { plugin, bundleOf: (path: string) => readFileSync(join(buildDirPath, path), "utf8") };
}

async function bundled(options: Parameters<typeof givenProcess>[0], path = GREET): Promise<string> {
  const { plugin, bundleOf } = givenProcess(options);
  await plugin.bundle();
  return bundleOf(path);
}

/** The only entry of the cache. */
function kept(): { file: string; text: string } {
  const [name = "", ...others] = readdirSync(cache);
  expect(others).toEqual([]);
  return { file: join(cache, name), text: readFileSync(join(cache, name), "utf8") };
}

/** Marks the kept bundles, which shows whether a process uses them. */
function markKept(): void {
  const { file, text } = kept();
  writeFileSync(file, text.replaceAll("Hello", "Kept"));
}

describe("given functions that share code", () => {
  it("each bundle is what esbuild makes of its entry alone, so each is complete and reproducible", async () => {
    const { plugin, bundleOf } = givenProcess();
    await plugin.bundle();
    for (const name of ["greet", "part"]) {
      const alone = await build({
        ...OPTIONS,
        absWorkingDir: service,
        entryPoints: [`functions/${name}/handler.ts`],
        write: false,
      });
      expect(bundleOf(`functions/${name}/handler.cjs`)).toBe(alone.outputFiles[0]?.text);
    }
  });

  it("each function is packed with its own bundle", async () => {
    const { plugin } = givenProcess();
    await plugin.bundle();
    expect(plugin.buildResults).toEqual(
      plugin.functionEntries.map(({ func, functionAlias }) => ({
        bundlePath: `functions/${functionAlias}/handler.cjs`,
        func,
        functionAlias,
      })),
    );
  });

  it("code that cannot be parsed is an error with its place", async () => {
    write(join(service, "functions/part/handler.ts"), "export konst handler = 1;");
    await expect(givenProcess().plugin.bundle()).rejects.toThrow("functions/part/handler.ts:1:7");
  });
});

describe("given the bundles that another process has kept", () => {
  beforeEach(async () => {
    await bundled({ cacheFolder: cache });
    markKept();
  });

  it("a process uses them, for a copy of the service too", async () => {
    expect(await bundled({ cacheFolder: cache })).toContain("Kept");
    const copy = join(root, "copy");
    for (const [path, text] of Object.entries(SOURCES)) write(join(copy, path), text);
    expect(await bundled({ serviceDir: copy, cacheFolder: cache })).toContain("Kept");
  });

  it("a package is never made of them", async () => {
    expect(await bundled({})).toContain("Hello");
  });

  it("a change of any source, or of an option, makes new ones", async () => {
    expect(await bundled({ cacheFolder: cache, options: { minify: false } })).toContain("Hello");
    // The size and the time of the file are as before.
    write(join(service, "lib/greeting.ts"), SOURCES["lib/greeting.ts"].replace("Hello", "Howdy"));
    expect(await bundled({ cacheFolder: cache })).toContain("Howdy");
  });

  it("a change that is taken back finds them again", async () => {
    const file = join(service, "lib/greeting.ts");
    write(file, SOURCES["lib/greeting.ts"].replace("Hello", "Howdy"));
    expect(await bundled({ cacheFolder: cache })).toContain("Howdy");
    write(file, SOURCES["lib/greeting.ts"]);
    expect(await bundled({ cacheFolder: cache })).toContain("Kept");
  });

  it("a deleted source is an error, as without them", async () => {
    rmSync(join(service, "lib/greeting.ts"));
    const bundling = givenProcess({ cacheFolder: cache }).plugin.bundle();
    await expect(bundling).rejects.toThrow("lib/greeting.ts");
  });

  it.each(["", "{", "[]", '{"inputs":{},"bundles":{}}'])("a damaged entry %j is replaced", async (text) => {
    writeFileSync(kept().file, text);
    expect(await bundled({ cacheFolder: cache })).toContain("Hello");
    markKept();
    expect(await bundled({ cacheFolder: cache })).toContain("Kept");
  });

  it("a process that watches bundles again after each change", async () => {
    const { plugin, bundleOf } = givenProcess({ cacheFolder: cache });
    await plugin.bundle();
    expect(bundleOf(GREET)).toContain("Kept");
    for (const word of ["Howdy", "Welcome"]) {
      write(join(service, "lib/greeting.ts"), SOURCES["lib/greeting.ts"].replace("Hello", word));
      await plugin.bundle();
      expect(bundleOf(GREET)).toContain(word);
    }
  });
});

describe("given changes shortly after each other", () => {
  it("a second bundling begins when the first has ended, so that its bundles stay, and covers all later changes", async () => {
    const { plugin } = givenProcess();
    const order: string[] = [];
    plugin.prepare = () => order.push("begin");
    const bundle = () => plugin.bundle().then(() => order.push("end"));
    const first = bundle();
    await Promise.resolve();
    await Promise.resolve();
    await Promise.all([first, bundle(), bundle()]);
    expect(order).toEqual(["begin", "end", "begin", "end", "end"]);
  });
});

describe("given an empty cache", () => {
  it("processes that start at the same time all get their bundles, and keep one complete entry", async () => {
    const processes = Array.from({ length: 4 }, () => givenProcess({ cacheFolder: cache }));
    await Promise.all(processes.map(({ plugin }) => plugin.bundle()));
    for (const { bundleOf } of processes) expect(bundleOf(GREET)).toContain("Hello");
    markKept();
    expect(await bundled({ cacheFolder: cache })).toContain("Kept");
  });

  it("bundles of a source that changed during the bundling are not kept: it may have been read before", () => {
    const options = { absWorkingDir: service };
    const built = { bundles: { [GREET]: "Hello" }, inputs: ["lib/greeting.ts"] };
    const changedAt = statSync(join(service, "lib/greeting.ts")).mtimeMs;
    keepBundles(cache, options, { ...built, startedAt: changedAt - 1 });
    expect(keptBundles(cache, options)).toBeUndefined();
    keepBundles(cache, options, { ...built, startedAt: changedAt + 1 });
    expect(keptBundles(cache, options)).toEqual(built.bundles);
  });

  it("it keeps the twelve entries that were made last", () => {
    const entry = (option: number) => ({ absWorkingDir: service, option });
    for (let option = 0; option < 15; option += 1) {
      const built = { bundles: { [GREET]: "Hello" }, inputs: ["lib/greeting.ts"], startedAt: Date.now() };
      keepBundles(cache, entry(option), built);
      for (const name of readdirSync(cache)) age(join(cache, name));
    }
    const kept = Array.from({ length: 15 }, (_, option) => keptBundles(cache, entry(option)) !== undefined);
    expect(kept.lastIndexOf(false)).toBe(2);
    expect(readdirSync(cache)).toHaveLength(12);
  });
});
