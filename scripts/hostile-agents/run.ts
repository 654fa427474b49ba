/** Runs `npm run hostile-agents`. */
import { createHash } from "node:crypto";
import { type Finding, PROMISES } from "../../test/hostile-agents/finding.ts";
import { CONVERSATIONS_OF_A_SEED, type Played } from "../../test/hostile-agents/play.ts";
import type { Report, Task } from "../../test/hostile-agents/worker.ts";
import { inThreads, type WorkerModule } from "../../test/interleavings/threads.ts";
import type { Verdict } from "../command-line/command.ts";
import { showProgress } from "../progress-line.ts";
import { textTable } from "../text-table.ts";
import type { HostileAgentsAsked } from "./command.ts";

const WORKER: WorkerModule<Task, Report> = {
  url: new URL("../../test/hostile-agents/worker.ts", import.meta.url),
};
/** The most seeds with findings that are printed in full. */
const MOST_SHOWN = 20;

export function runHostileAgents(asked: HostileAgentsAsked): Promise<Verdict> {
  return asked.kind === "play" ? playAll(asked) : findPlanted(asked);
}

type Asked<Kind> = Extract<HostileAgentsAsked, { readonly kind: Kind }>;

async function playAll({ conversations, seed, threads }: Asked<"play">): Promise<Verdict> {
  const worlds = Math.ceil(conversations / CONVERSATIONS_OF_A_SEED);
  const tasks = Array.from({ length: worlds }, (_, place): Task => {
    const before = place * CONVERSATIONS_OF_A_SEED;
    return {
      kind: "seed",
      seed: seed + place,
      conversations: Math.min(CONVERSATIONS_OF_A_SEED, conversations - before),
    };
  });
  const all: Played[] = [];
  let shown = 0;
  const startedAt = Date.now();
  await inThreads(WORKER, tasks, threads, (report) => {
    if (report.kind !== "seed") return;
    const { played } = report;
    all.push(played);
    if (played.findings.length > 0 && shown < MOST_SHOWN) {
      shown += 1;
      showFindings(played);
    }
    showProgress(`${sumOf(all, "conversations")} of ${conversations} conversations`);
  });
  showProgress("");
  const findings = all.flatMap((played) => played.findings);
  console.log(figures(all, findings, Date.now() - startedAt));
  return findings.length === 0 ? "nothing wrong" : "something wrong";
}

function showFindings({ seed, findings }: Played): void {
  showProgress("");
  console.log(
    `Seed ${seed}, to be repeated with npm run hostile-agents -- --seed ${seed} --conversations 10`,
  );
  for (const { promise, wrong } of findings) console.log(`  ${promise}: ${wrong}`);
}

function figures(all: readonly Played[], findings: readonly Finding[], ms: number): string {
  const count = (name: "conversations" | "calls" | "effects" | "approved") => String(sumOf(all, name));
  return textTable([
    ["conversations", count("conversations")],
    ["calls of tools", count("calls")],
    ["effects at Stripe", count("effects")],
    ["approvals used", count("approved")],
    ...PROMISES.map((promise) => [
      `broken: ${promise}`,
      String(findings.filter((finding) => finding.promise === promise).length),
    ]),
    ["seconds", String(Math.round(ms / 1000))],
    ["hash of everything", hashOf(all)],
  ]);
}

const sumOf = (all: readonly Played[], name: "conversations" | "calls" | "effects" | "approved") =>
  all.reduce((sum, played) => sum + played[name], 0);

function hashOf(all: readonly Played[]): string {
  const hash = createHash("sha256");
  for (const { seed, digest } of all.toSorted((a, b) => a.seed - b.seed)) hash.update(`${seed} ${digest}\n`);
  return hash.digest("hex").slice(0, 16);
}

async function findPlanted({ ids, mostSeeds, threads }: Asked<"planted">): Promise<Verdict> {
  const tasks = ids.map((id): Task => ({ kind: "bug", id, mostSeeds }));
  let found = 0;
  await inThreads(WORKER, tasks, threads, (report) => {
    if (report.kind !== "bug") return;
    const { id, seed, found: finding } = report;
    if (seed !== undefined) found += 1;
    console.log([seed === undefined ? "NOT FOUND" : `after ${seed}`, id, finding].join("  "));
  });
  console.log(`\n${found} of ${ids.length} planted bugs were found.`);
  return found === ids.length ? "nothing wrong" : "something wrong";
}
