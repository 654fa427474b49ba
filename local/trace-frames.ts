/**
 * Names the files and lines of our sources in stack traces of bundles. The maps are not in the package: the same sources make the
 * same bundle, so the map is made again when somebody needs it: docs/decisions/0093.
 */
import { existsSync, readFileSync, statSync } from "node:fs";
import { SourceMap } from "node:module";
import { dirname, join, relative } from "node:path";
import { type BuildOptions, build } from "esbuild";
import { parse } from "yaml";
import { fieldOf, fieldsOf, isRecord } from "../lib/untrusted.ts";
import { withoutPluginOptions } from "./bundle-functions.ts";
import { leaveOut } from "./leave-out.ts";

/** The place of a frame in a bundle, also in a log line, where the stack is a text of JSON. */
const PLACE =
  /(?:[^\s()"\\]*\/)?((?:generated\/handlers|functions)\/[\w-]+(?:\/[\w-]+)?)\.cjs:(\d{1,7}):(\d{1,7})/g;
/** Nothing is written there: outputs only need a path. */
const OUT = "bundles";

interface BuiltMap {
  readonly map: SourceMap;
  /** Of each line of the bundle. */
  readonly lineLengths: readonly number[];
  /** Relative to the project. */
  readonly inputs: readonly string[];
  /** Unix milliseconds. */
  readonly builtAt: number;
}

export interface Traced {
  readonly text: string;
  /** How many frames of bundles the text has, and how many of them were found in the sources. */
  readonly frames: number;
  readonly found: number;
}

/** Has the places of bundles replaced by those of the sources in `directory`, the folder of serverless.yml. */
export function frameTracer(directory: string): (text: string) => Promise<Traced> {
  const maps = new Map<string, Promise<BuiltMap>>();
  const mapOf = async (entry: string): Promise<BuiltMap> => {
    const known = await maps.get(entry);
    if (known !== undefined && isCurrent(known, directory)) return known;
    const built = buildMap(entry, directory);
    maps.set(entry, built);
    return built;
  };
  return async (text) => {
    const entries = new Set([...text.matchAll(PLACE)].map(([, path = ""]) => `${path}.ts`));
    const found = new Map<string, BuiltMap>();
    for (const entry of entries) if (existsSync(join(directory, entry))) found.set(entry, await mapOf(entry));
    const counts = { frames: 0, found: 0 };
    const traced = text.replaceAll(PLACE, (place, path: string, line: string, column: string) => {
      counts.frames += 1;
      const { fileName, lineNumber, columnNumber } = originOf(
        found.get(`${path}.ts`),
        Number(line),
        Number(column),
      );
      if (typeof fileName !== "string") return place;
      counts.found += 1;
      return `${relative(directory, join(directory, OUT, dirname(path), fileName))}:${String(lineNumber)}:${String(columnNumber)}`;
    });
    return { text: traced, ...counts };
  };
}

/** Nothing for a place that the bundle does not have: the map would return the last one. */
function originOf(built: BuiltMap | undefined, line: number, column: number) {
  const length = built?.lineLengths[line - 1] ?? 0;
  return column > length ? {} : fieldsOf(built?.map.findOrigin(line, column));
}

function isCurrent({ inputs, builtAt }: BuiltMap, directory: string): boolean {
  return inputs.every(
    (path) => (statSync(join(directory, path), { throwIfNoEntry: false })?.mtimeMs ?? builtAt) < builtAt,
  );
}

/** Builds the bundle of the package once more, in memory, with its map. */
async function buildMap(entry: string, directory: string): Promise<BuiltMap> {
  const builtAt = Date.now();
  const { outputFiles, metafile } = await build({ ...bundleOptions(directory), entryPoints: [entry] });
  const textOf = (isMap: boolean) =>
    outputFiles.find(({ path }) => path.endsWith(".map") === isMap)?.text ?? "";
  return {
    map: new SourceMap(JSON.parse(textOf(true))),
    lineLengths: textOf(false)
      .split("\n")
      .map(({ length }) => length),
    inputs: Object.keys(metafile.inputs),
    builtAt,
  };
}

interface BundleOptions extends BuildOptions {
  readonly write: false;
  readonly metafile: true;
}

/** Those of serverless.yml, with a map that changes nothing in the bundle itself. */
export function bundleOptions(directory: string): BundleOptions {
  const service: unknown = parse(readFileSync(join(directory, "serverless.yml"), "utf8"));
  const declared = fieldOf(service, "custom", "esbuild");
  if (!isRecord(declared)) throw new Error("serverless.yml has no custom.esbuild");
  return {
    ...withoutPluginOptions(declared),
    absWorkingDir: directory,
    outbase: ".",
    outdir: OUT,
    outExtension: { ".js": ".cjs" },
    sourcemap: "external",
    sourcesContent: false,
    plugins: [leaveOut()],
    write: false,
    metafile: true,
    logLevel: "silent",
  };
}
