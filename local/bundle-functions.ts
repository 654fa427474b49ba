/**
 * Bundles all functions in one run of esbuild. serverless-esbuild runs esbuild once per function, and each run parses the
 * same packages again. The bundles are the same byte for byte, because without code splitting esbuild links each entry
 * on its own. serverless-esbuild still finds the entries, watches the sources and makes the zip files.
 */
import { chmodSync, mkdirSync, writeFileSync } from "node:fs";
import { dirname, join, relative } from "node:path";
import { type BuildOptions, build } from "esbuild";
import { textsOf } from "../lib/untrusted.ts";
import { type Bundles, keepBundles, keptBundles } from "./bundle-cache.ts";
import { leaveOut } from "./leave-out.ts";
import type { Serverless } from "./service.ts";

/** The part of serverless-esbuild's plugin that this module uses, and `bundle`, which it replaces. */
interface EsbuildPlugin {
  bundle(): Promise<void>;
  prepare(): void;
  readonly functionEntries: readonly {
    /** The path of the handler's module, relative to the service. */
    readonly entry: string;
    readonly func: object | null;
    readonly functionAlias?: string;
  }[];
  readonly buildDirPath: string;
  /** `custom.esbuild` of serverless.yml with the plugin's defaults. */
  readonly buildOptions: { readonly outputFileExtension: string; readonly [option: string]: unknown };
  /** What `pack` makes zip files of. */
  buildResults: readonly object[];
}

interface OneRun extends BuildOptions {
  readonly absWorkingDir: string;
  readonly write: false;
  readonly metafile: true;
}

/** Nothing is written there: outputs only need a path. */
const OUT = "bundles";

/** Settings of `custom.esbuild` that are serverless-esbuild's own: esbuild refuses options that it does not know. */
const PLUGIN_OPTIONS: ReadonlySet<string> = new Set([
  "concurrency",
  "disposeContext",
  "exclude",
  "installExtraArgs",
  "keepOutputDirectory",
  "nativeZip",
  "nodeExternals",
  "outputBuildFolder",
  "outputFileExtension",
  "outputWorkFolder",
  "packagePath",
  "packager",
  "packagerOptions",
  "skipBuild",
  "skipBuildExcludeFns",
  "skipRebuild",
  "stripEntryResolveExtensions",
  "watch",
  "zipConcurrency",
]);

/** Replaces the bundling of serverless-esbuild. With `cacheFolder`, sources that were bundled before are not bundled again. */
export function bundleInOneRun(serverless: Serverless, cacheFolder?: string): void {
  const plugin = serverless.pluginManager.plugins.find(isEsbuildPlugin);
  if (plugin === undefined) throw new Error("serverless-esbuild is not among the plugins of serverless.yml");
  let last: Promise<void> = Promise.resolve();
  let next: Promise<void> | undefined;
  // One at a time: of two changes shortly after each other, the bundles of the second are to stay. A bundling that has not begun
  // will see all changes until then: there is no need for another one.
  plugin.bundle = () => {
    next ??= last
      .catch(() => {})
      .then(() => {
        next = undefined;
        return bundle(plugin, serverless.serviceDir, cacheFolder);
      });
    last = next;
    return next;
  };
}

async function bundle(
  plugin: EsbuildPlugin,
  serviceDir: string,
  cacheFolder: string | undefined,
): Promise<void> {
  plugin.prepare();
  const { buildDirPath, buildOptions, functionEntries } = plugin;
  const options = oneRunOptions(plugin, serviceDir);
  const kept = cacheFolder === undefined ? undefined : keptBundles(cacheFolder, options);
  for (const [path, code] of Object.entries(kept ?? (await newBundles(options, cacheFolder)))) {
    const file = join(buildDirPath, path);
    mkdirSync(dirname(file), { recursive: true });
    writeFileSync(file, code);
    // A zip file has the mode of its files, which would be another one with another umask.
    chmodSync(file, 0o644);
  }
  plugin.buildResults = functionEntries.flatMap(({ entry, func, functionAlias }) =>
    func === null
      ? []
      : { bundlePath: entry.replace(/\.\w+$/, buildOptions.outputFileExtension), func, functionAlias },
  );
}

async function newBundles(options: OneRun, cacheFolder: string | undefined): Promise<Bundles> {
  const startedAt = Date.now();
  const { outputFiles, metafile } = await build({ ...options, plugins: [leaveOut()] });
  const folder = join(options.absWorkingDir, OUT);
  const bundles = Object.fromEntries(outputFiles.map(({ path, text }) => [relative(folder, path), text]));
  if (cacheFolder !== undefined)
    keepBundles(cacheFolder, options, { bundles, inputs: Object.keys(metafile.inputs), startedAt });
  return bundles;
}

/** The options for all entries. With them, the path of a bundle in OUT is that of its entry. */
function oneRunOptions({ functionEntries, buildOptions }: EsbuildPlugin, serviceDir: string): OneRun {
  const { external, exclude, outputFileExtension } = buildOptions;
  return {
    ...withoutPluginOptions(buildOptions),
    external: [...textsOf(external), ...textsOf(exclude)],
    entryPoints: [...new Set(functionEntries.map(({ entry }) => entry))],
    absWorkingDir: serviceDir,
    outbase: ".",
    outdir: OUT,
    outExtension: { ".js": outputFileExtension },
    write: false,
    metafile: true,
  };
}

/** Those of the options that are esbuild's. */
export function withoutPluginOptions(options: Readonly<Record<string, unknown>>): Record<string, unknown> {
  return Object.fromEntries(Object.entries(options).filter(([name]) => !PLUGIN_OPTIONS.has(name)));
}

function isEsbuildPlugin(plugin: object): plugin is EsbuildPlugin {
  return "bundle" in plugin && "prepare" in plugin && "functionEntries" in plugin;
}
