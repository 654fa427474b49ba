/** Runs the chosen command of `npm run audit`. */
import type { Circumstances, Verdict } from "../command-line/command.ts";
import { selectTables, selectTarget } from "../target.ts";
import type { AuditAsked } from "./command.ts";
import { listAudit } from "./list.ts";
import { verifyAudit } from "./verify.ts";

export async function runAudit(asked: AuditAsked, { now, target }: Circumstances): Promise<Verdict> {
  selectTarget(target);
  await selectTables(target);
  if (asked.action === "verify") return verifyAudit(asked, now);
  await listAudit(asked, now);
  return "nothing wrong";
}
