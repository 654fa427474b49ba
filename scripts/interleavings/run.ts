/** Runs `npm run interleavings`. */
import { createHash } from "node:crypto";
import { PLANTED_BUGS } from "../../test/interleavings/planted-bugs.ts";
import { runSeed, type SeedResult } from "../../test/interleavings/run-seed.ts";
import { inThreads, type WorkerModule } from "../../test/interleavings/threads.ts";
import type { Report, Task } from "../../test/interleavings/worker.ts";
import { loadCode } from "../../test/interleavings/world/world.ts";
import type { Verdict } from "../command-line/command.ts";
import { showProgress } from "../progress-line.ts";
import { textTable } from "../text-table.ts";
import type { InterleavingsAsked } from "./command.ts";

const WORKER: WorkerModule<Task, Report> = {
  url: new URL("../../test/interleavings/worker.ts", import.meta.url),
};
/** How many seeds a thread plays before it reports. */
const SEEDS_AT_ONCE = 10;
/** The most failing seeds that are printed in full. */
const MOST_SHOWN = 20;

export function runInterleavings(asked: InterleavingsAsked): Promise<Verdict> {
  switch (asked.kind) {
    case "seeds":
      return playSeeds(asked);
    case "trace":
      return playOne(asked);
    case "planted":
      return findAllPlanted(asked);
  }
}

type Asked<Kind> = Extract<InterleavingsAsked, { readonly kind: Kind }>;

async function playSeeds({ first, count, threads }: Asked<"seeds">): Promise<Verdict> {
  const seeds = Array.from({ length: count }, (_, place) => first + place);
  const tasks = Array.from({ length: Math.ceil(count / SEEDS_AT_ONCE) }, (_, place) => ({
    kind: "seeds" as const,
    seeds: seeds.slice(place * SEEDS_AT_ONCE, (place + 1) * SEEDS_AT_ONCE),
  }));
  const results: SeedResult[] = [];
  const startedAt = Date.now();
  let failures = 0;
  await inThreads(WORKER, tasks, threads, (report) => {
    if (report.kind !== "seeds") return;
    results.push(...report.results);
    for (const result of report.results.filter(({ findings }) => findings.length > 0)) {
      failures += 1;
      if (failures <= MOST_SHOWN) showFailure(result);
    }
    showProgress(
      `${results.length} of ${count} seeds, ${perSecond(results.length, startedAt)} a second, ${failures} failed`,
    );
  });
  showProgress("");
  const steps = results.reduce((sum, result) => sum + result.steps, 0);
  console.log(
    `${count} seeds, ${steps} steps, ${Math.round((Date.now() - startedAt) / 1000)} s, ${perSecond(count, startedAt)} seeds a second`,
  );
  console.log(`trace hash of all: ${hashOfAll(results)}`);
  console.log(failures === 0 ? "No promise was broken." : `${failures} seeds broke a promise.`);
  return failures === 0 ? "nothing wrong" : "something wrong";
}

const perSecond = (count: number, startedAt: number) =>
  ((count * 1000) / Math.max(1, Date.now() - startedAt)).toFixed(1);

function hashOfAll(results: readonly SeedResult[]): string {
  const hash = createHash("sha256");
  for (const { seed, digest } of results.toSorted((a, b) => a.seed - b.seed))
    hash.update(`${seed} ${digest}\n`);
  return hash.digest("hex").slice(0, 16);
}

function showFailure({ seed, findings }: SeedResult): void {
  showProgress("");
  console.log(`Seed ${seed}, to be repeated with npm run interleavings -- --seed ${seed} --trace`);
  for (const { invariant, wrong } of findings) console.log(`  ${invariant}: ${wrong}`);
}

async function playOne({ seed, isShown, isLogShown }: Asked<"trace">): Promise<Verdict> {
  const code = await loadCode();
  const show = isShown ? { line: (line: string) => console.log(line), isLogShown } : undefined;
  const result = await runSeed(code, seed, show);
  console.log(`Seed ${seed}: ${result.steps} steps, trace hash ${result.digest}`);
  for (const { invariant, wrong } of result.findings) console.log(`  ${invariant}: ${wrong}`);
  if (result.findings.length === 0) console.log("No promise was broken.");
  return result.findings.length === 0 ? "nothing wrong" : "something wrong";
}

async function findAllPlanted({ ids, mostSeeds, threads }: Asked<"planted">): Promise<Verdict> {
  const bugs = PLANTED_BUGS.filter(({ id }) => ids.includes(id));
  const tasks = bugs.map(({ id }) => ({ kind: "planted" as const, id, mostSeeds }));
  const rows = new Map<string, readonly string[]>();
  await inThreads(WORKER, tasks, threads, (report) => {
    if (report.kind !== "planted") return;
    const { id, seed, found } = report.search;
    const row = [seed === undefined ? "NOT FOUND" : `after ${seed}`, id, found];
    console.log(row.join("  "));
    rows.set(id, row);
  });
  const all = bugs.map(({ id, file }) => [id, file, rows.get(id)?.[0] ?? ""]);
  console.log(`\n${textTable([["PLANTED BUG", "FILE", "SEEDS"], ...all])}`);
  const found = [...rows.values()].filter(([seeds]) => seeds !== "NOT FOUND").length;
  console.log(`\n${found} of ${bugs.length} planted bugs were found.`);
  return found === bugs.length ? "nothing wrong" : "something wrong";
}
