/** `npm run bench -- start`: what a cold start loads, for every function. */
import { mkdtempSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { FunctionDefinition } from "../../resources/functions.ts";
import type { Benchmark, BenchOptions, Figure } from "./frame/benchmark.ts";
import { interleave } from "./frame/interleave.ts";
import { kindOf, START_BARS } from "./start/kinds.ts";

const DEFAULT_RUNS = 15;

/** Not functions of ours; their names are not possible for a folder. */
const FLOOR = "(empty handler)";
const NODE = "(node:https and node:crypto)";
const USUAL = "(the usual handler)";

export const benchmark: Benchmark = {
  purpose: "The size of each function's bundle, and the CPU time of loading it against an empty handler",
  takes: "3 min",
  run,
  notes: [
    "LOAD is user and system time of a fresh process, the median ratio to an empty handler in the same round; LEAST compares the minima.",
    "node:https and node:crypto are the least that a function which calls anything needs. The usual handler has Stripe's client and the",
    "AWS SDK's as they come, bundled with esbuild's defaults. Not comparable while other programs use the processor: look at LEAST then.",
    "--functions <pattern> measures only some functions, --runs <number> as often.",
  ],
};

async function run({ functions = "", runs = DEFAULT_RUNS }: BenchOptions): Promise<readonly Figure[]> {
  const [{ bundleAsDeployed }, { functionDefinitions }, { loadProject }, { loadTimeMs }] = await Promise.all([
    import("./frame/as-deployed.ts"),
    import("../../resources/functions.ts"),
    import("../generate/load-project.ts"),
    import("./start/load-time.ts"),
  ]);
  const pattern = new RegExp(functions);
  const definitions = functionDefinitions(loadProject().contracts).filter(({ name }) => pattern.test(name));
  if (definitions.length === 0) throw new Error(`No function has a name that matches ${functions}`);
  const folder = mkdtempSync(join(tmpdir(), "bench-start-"));
  try {
    const fileOf = (name: string) => join(folder, `${name}.cjs`);
    await bundleAsDeployed(Object.fromEntries(definitions.map(({ name, entry }) => [name, entry])), folder);
    await bundleUsual(fileOf(USUAL));
    writeFileSync(fileOf(FLOOR), "exports.handler = async () => {};");
    writeFileSync(
      fileOf(NODE),
      'require("node:https"); require("node:crypto"); exports.handler = async () => {};',
    );
    const names = [FLOOR, NODE, USUAL, ...definitions.map(({ name }) => name)];
    const contenders = Object.fromEntries(names.map((name) => [name, () => loadTimeMs(fileOf(name))]));
    const measured = await interleave(contenders, { rounds: runs, warmUp: 1 });
    const kilobytes = (name: string) => statSync(fileOf(name)).size / 1024;
    const load = (name: string) => ({
      value: measured.ratio(name, FLOOR).median,
      details: {
        least: `${(measured.of(name).minimum / measured.of(FLOOR).minimum).toFixed(2)} x`,
        "cpu ms": `${measured.of(name).median.toFixed(1)}, least ${measured.of(name).minimum.toFixed(1)}`,
      },
    });
    return [
      ...[FLOOR, NODE, USUAL].map((name) => ({ what: `load ${name}`, unit: "x", ...load(name) })),
      { what: `size ${USUAL}`, value: kilobytes(USUAL), unit: "KB" },
      ...definitions
        .toSorted((one, other) => kindOf(one).localeCompare(kindOf(other)))
        .flatMap((definition) => figuresOf(definition, kilobytes(definition.name), load(definition.name))),
    ];
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

function figuresOf(
  definition: FunctionDefinition,
  kilobytes: number,
  { value, details }: Required<Pick<Figure, "value" | "details">>,
): Figure[] {
  const { name } = definition;
  const kind = kindOf(definition);
  const bars = START_BARS[kind];
  return [
    { what: `load ${name}`, value, unit: "x", bar: { atMost: bars.ratio }, details: { ...details, kind } },
    {
      what: `size ${name}`,
      value: kilobytes,
      unit: "KB",
      bar: { atMost: bars.kilobytes },
      details: { kind },
    },
  ];
}

/** As people do: only what esbuild needs to be told. */
async function bundleUsual(outfile: string): Promise<void> {
  const { build } = await import("esbuild");
  await build({
    entryPoints: [join(import.meta.dirname, "start/usual-handler.ts")],
    bundle: true,
    platform: "node",
    outfile,
    logLevel: "silent",
  });
}
