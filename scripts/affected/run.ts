/** Runs `npm run affected`. */
import type { Circumstances, Verdict } from "../command-line/command.ts";
import { logOf } from "../logs/log-of-target.ts";
import { selectTarget } from "../target.ts";
import type { AffectedAsked } from "./command.ts";
import { findAffected } from "./find-affected.ts";
import { affectedReport } from "./report.ts";

export async function runAffected(asked: AffectedAsked, { target }: Circumstances): Promise<Verdict> {
  selectTarget(target, []);
  const { from, to, functionName, codes, json } = asked;
  const found = await findAffected(await logOf(target, functionName), { from, to }, codes);
  console.log(json ? JSON.stringify({ from, to, ...found }, null, 2) : affectedReport(found, { from, to }));
  const { customers, unknown, cutOff } = found;
  return customers.length + unknown.length + cutOff.length === 0 ? "nothing wrong" : "something wrong";
}
