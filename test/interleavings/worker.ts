/** Plays seeds, or looks for planted bugs, in a thread of its own: it takes one task after another from the thread that has started it. */
import { parentPort } from "node:worker_threads";
import { findPlanted, type Search } from "./find-planted.ts";
import { PLANTED_BUGS } from "./planted-bugs.ts";
import { runSeed, type SeedResult } from "./run-seed.ts";
import { type Code, loadCode } from "./world/world.ts";

export type Task =
  | { readonly kind: "seeds"; readonly seeds: readonly number[] }
  | { readonly kind: "planted"; readonly id: string; readonly mostSeeds: number };
export type Report =
  | { readonly kind: "seeds"; readonly results: readonly SeedResult[] }
  | { readonly kind: "planted"; readonly search: Search };

// A seed makes hundreds of errors that are its subject, and nobody reads where. `--seed` plays in the main thread, with stacks.
Error.stackTraceLimit = 0;

let code: Promise<Code> | undefined;

async function perform(task: Task): Promise<Report> {
  if (task.kind === "seeds") {
    code ??= loadCode();
    const results: SeedResult[] = [];
    for (const seed of task.seeds) results.push(await runSeed(await code, seed));
    return { kind: "seeds", results };
  }
  const bug = PLANTED_BUGS.find(({ id }) => id === task.id);
  if (bug === undefined) throw new Error(`There is no planted bug ${task.id}`);
  return { kind: "planted", search: await findPlanted(bug, task.mostSeeds) };
}

parentPort?.on("message", async (task: Task) => {
  parentPort?.postMessage(await perform(task));
});
