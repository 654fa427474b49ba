/** Whether the plan is to be carried out. */
import { Problem } from "../../lib/errors.ts";
import type { Ask } from "./ask.ts";
import { type Change, lossesOf, lossLines } from "./change-plan.ts";

/**
 * A change that loses data is carried out only if a person types the name of the stage: `yes` is not enough. Throws BAD_REQUEST if
 * nobody can type. Returns false if the person does not want it.
 */
export async function isConfirmed(
  changes: readonly Change[],
  { stage, yes, ask, print }: { stage: string; yes: boolean; ask: Ask; print: (line: string) => void },
): Promise<boolean> {
  const losses = lossesOf(changes);
  if (losses.length === 0) {
    if (yes) return true;
    const typed = await ask("Carry it out? (yes/no) ");
    if (typed === undefined)
      throw new Problem("BAD_REQUEST", "Nobody can be asked here: give --yes to carry out the plan");
    return /^y(es)?$/i.test(typed);
  }
  print("\nSTOP: this change loses something that nobody can bring back:");
  for (const line of lossLines(losses)) print(line);
  const typed = await ask(`Type the name of the stage (${stage}) to carry it out: `);
  if (typed === undefined)
    throw new Problem(
      "BAD_REQUEST",
      "A change that loses data is carried out only by a person at a terminal, also with --yes",
    );
  return typed === stage;
}
