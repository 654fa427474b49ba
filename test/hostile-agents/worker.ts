/** Plays seeds, or looks for a planted bug, in a thread of its own: takes one task after another from the thread that has started it. */
import { parentPort } from "node:worker_threads";
import { type Code, loadCode } from "../interleavings/world/world.ts";
import { PLANTED_BUGS } from "./planted-bugs.ts";
import { FUNCTIONS_OF_AGENTS, type Played, play } from "./play.ts";

export type Task =
  | { readonly kind: "seed"; readonly seed: number; readonly conversations: number }
  | { readonly kind: "bug"; readonly id: string; readonly mostSeeds: number };
export type Report =
  | { readonly kind: "seed"; readonly played: Played }
  /** `seed`: the first one that shows the bug; undefined if none does. */
  | {
      readonly kind: "bug";
      readonly id: string;
      readonly seed: number | undefined;
      readonly found: string;
    };

// A seed makes hundreds of errors that are its subject, and nobody reads where.
Error.stackTraceLimit = 0;

let code: Promise<Code> | undefined;

async function perform(task: Task): Promise<Report> {
  if (task.kind === "bug") return find(task);
  code ??= loadCode([], FUNCTIONS_OF_AGENTS);
  return { kind: "seed", played: await play(await code, task.seed, task.conversations) };
}

async function find({ id, mostSeeds }: Extract<Task, { kind: "bug" }>): Promise<Report> {
  const bug = PLANTED_BUGS.find((one) => one.id === id);
  if (bug === undefined) throw new Error(`There is no planted bug ${id}`);
  const withBug = await loadCode([bug], FUNCTIONS_OF_AGENTS);
  for (let seed = 1; seed <= mostSeeds; seed += 1) {
    const { findings } = await play(withBug, seed);
    const finding = findings.find(({ promise }) => promise === bug.breaks);
    if (finding !== undefined)
      return { kind: "bug", id, seed, found: `${finding.promise}: ${finding.wrong}` };
  }
  return { kind: "bug", id, seed: undefined, found: "" };
}

parentPort?.on("message", async (task: Task) => {
  parentPort?.postMessage(await perform(task));
});
