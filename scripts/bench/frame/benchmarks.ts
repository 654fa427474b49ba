/** Finds the benchmarks: every file directly in scripts/bench/ is one. */
import { readdirSync } from "node:fs";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import type { Benchmark } from "./benchmark.ts";

const FOLDER = join(import.meta.dirname, "..");

/** The names of all benchmarks, in alphabetical order. */
export function benchmarkNames(): readonly string[] {
  return readdirSync(FOLDER)
    .flatMap((file) => (file.endsWith(".ts") ? [file.slice(0, -".ts".length)] : []))
    .sort();
}

/** Loads only this one: benchmarks that are not measured must not take part. */
export async function loadBenchmark(name: string): Promise<Benchmark> {
  const loaded: { benchmark?: Benchmark } = await import(pathToFileURL(join(FOLDER, `${name}.ts`)).href);
  if (loaded.benchmark === undefined)
    throw new Error(`scripts/bench/${name}.ts does not export \`benchmark\``);
  return loaded.benchmark;
}
