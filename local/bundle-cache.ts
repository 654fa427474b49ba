/**
 * Keeps the bundles of a local stack for the next one. An entry is used only if every file that went into its bundles
 * has the same contents. It is one file, renamed into place when it is complete, so stacks can start at the same time
 * and end at any moment.
 */
import { createHash, randomUUID } from "node:crypto";
import { existsSync, mkdirSync, readdirSync, renameSync, rmSync, statSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { version } from "esbuild";
import { fieldOf, fieldsOf, parseJson } from "../lib/untrusted.ts";
import { readIfExists } from "./state-folder.ts";

/** The code of each bundle, by its path in the folder of all bundles. */
export type Bundles = Readonly<Record<string, string>>;

/** esbuild's options. The inputs' paths are relative to `absWorkingDir`. */
interface Options {
  readonly absWorkingDir: string;
}

const PROJECT = join(import.meta.dirname, "..");
/** More than the services and branches that one person works with, and processes that write at the same time. */
const MOST_ENTRIES = 12;
/** Of the same entries and options: a change that is taken back soon finds the bundles from before it. */
const MOST_STATES = 3;
/** Decides, with the options, which files an import finds, and with what contents. */
const RESOLUTION = ["package.json", "package-lock.json", "tsconfig.json", "local/leave-out.ts"];

/** The kept bundles of the sources as they are now; undefined if there are none. */
export function keptBundles(folder: string, options: Options): Bundles | undefined {
  for (const { file } of newestFirst(folder, hashOfOptions(options))) {
    const bundles = currentBundles(file, options);
    if (bundles !== undefined) return bundles;
  }
  return undefined;
}

function currentBundles(file: string, options: Options): Bundles | undefined {
  const entry = parseJson(readIfExists(file));
  const bundles = Object.entries(fieldsOf(fieldOf(entry, "bundles"))).map(
    ([path, code]) => [path, String(code)] as const,
  );
  const inputs = Object.entries(fieldsOf(fieldOf(entry, "inputs")));
  const isCurrent = inputs.every(([path, hash]) => hashOfFile(join(options.absWorkingDir, path)) === hash);
  return bundles.length > 0 && isCurrent ? Object.fromEntries(bundles) : undefined;
}

/**
 * Keeps bundles of `inputs`, the files that esbuild has read since `startedAt` (milliseconds since 1970). Does nothing if
 * one of them has changed since then: esbuild may have read its earlier contents.
 */
export function keepBundles(
  folder: string,
  options: Options,
  built: { readonly bundles: Bundles; readonly inputs: readonly string[]; readonly startedAt: number },
): void {
  const inputs = built.inputs.map((path) => {
    const file = join(options.absWorkingDir, path);
    return { path, hash: hashOfFile(file), changedAt: statSync(file).mtimeMs };
  });
  if (inputs.some(({ changedAt }) => changedAt >= built.startedAt)) return;
  const states = hashOf(JSON.stringify(inputs.map(({ path, hash }) => [path, hash])));
  const file = join(folder, `${hashOfOptions(options)}-${states}.json`);
  const unfinished = `${file}.${randomUUID()}`;
  mkdirSync(dirname(file), { recursive: true });
  writeFileSync(
    unfinished,
    JSON.stringify({
      inputs: Object.fromEntries(inputs.map(({ path, hash }) => [path, hash])),
      bundles: built.bundles,
    }),
  );
  renameSync(unfinished, file);
  removeOldest(folder, hashOfOptions(options));
}

/** Removes what has not been made again for the longest time, and what processes left that ended while they wrote. */
function removeOldest(folder: string, ofOptions: string): void {
  const old = [
    ...newestFirst(folder, ofOptions).slice(MOST_STATES),
    ...newestFirst(folder).slice(MOST_ENTRIES),
  ];
  for (const { file } of old) rmSync(file, { force: true });
}

function newestFirst(folder: string, beginning = ""): readonly { readonly file: string }[] {
  const names = existsSync(folder) ? readdirSync(folder) : [];
  return names
    .filter((name) => name.startsWith(beginning))
    .map((name) => join(folder, name))
    .map((file) => ({ file, changedAt: statSync(file, { throwIfNoEntry: false })?.mtimeMs ?? 0 }))
    .sort((one, other) => other.changedAt - one.changedAt);
}

/** The bundled functions are among the options. */
function hashOfOptions({ absWorkingDir: _, ...options }: Options): string {
  const resolution = RESOLUTION.map((file) => readIfExists(join(PROJECT, file)) ?? "");
  return hashOf(JSON.stringify([version, options, resolution]));
}

function hashOfFile(file: string): string | undefined {
  const contents = readIfExists(file);
  return contents === undefined ? undefined : hashOf(contents);
}

function hashOf(text: string): string {
  return createHash("sha256").update(text).digest("hex");
}
