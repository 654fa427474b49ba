/** Looks for one planted bug, seed after seed. */
import { about, type Finding } from "./checker/finding.ts";
import type { PlantedBug } from "./planted-bugs.ts";
import { runSeed } from "./run-seed.ts";
import { type Code, loadCode } from "./world/world.ts";

export interface Search {
  readonly id: string;
  /** The first seed that shows the bug; undefined if none did. */
  readonly seed: number | undefined;
  /** What the checker said. */
  readonly found: string;
}

/** Tries the seeds from 1 to `most`. */
export async function findPlanted(bug: PlantedBug, most: number): Promise<Search> {
  const code = await loadCode([bug]);
  const others = new Set<string>();
  for (let seed = 1; seed <= most; seed += 1) {
    const findings = await findingsOf(code, seed);
    const finding = findings.find(({ invariant }) => bug.breaks.includes(invariant));
    if (finding !== undefined) return { id: bug.id, seed, found: `${finding.invariant}: ${finding.wrong}` };
    for (const { invariant } of findings) others.add(invariant);
  }
  return { id: bug.id, seed: undefined, found: [...others].join(", ") };
}

/** A bug can make a world go on without an end. */
async function findingsOf(code: Code, seed: number): Promise<readonly Finding[]> {
  try {
    return (await runSeed(code, seed)).findings;
  } catch (thrown) {
    return [about("every call gets a final answer")(String(thrown))];
  }
}
