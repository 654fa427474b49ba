/** Runs `npm run find`. */
import { portsFrom } from "../../local/ports.ts";
import { withDotEnv } from "../../local/settings.ts";
import type { Circumstances, Target, Verdict } from "../command-line/command.ts";
import { logOf } from "../logs/log-of-target.ts";
import { showProgress } from "../progress-line.ts";
import { selectTables, selectTarget } from "../target.ts";
import { textTable } from "../text-table.ts";
import type { FindAsked } from "./command.ts";
import { type Found, find } from "./look.ts";
import { readSearch } from "./read-search.ts";
import { rebuildReferences } from "./rebuild.ts";

export async function runFind(asked: FindAsked, { now, target }: Circumstances): Promise<Verdict> {
  // The digests of the index are made with the secret of the stage, not with that of this shell.
  if (target.stage !== undefined) delete process.env.APP_SECRET;
  selectTarget(target);
  await selectTables(target);
  if (asked.action === "rebuild") return rebuild(now);
  const found = await find(readSearch(asked.text), { now, log: () => logOf(target) });
  const base = consoleAddress();
  console.log(
    asked.json
      ? JSON.stringify(
          { ...found, rows: found.rows.map(({ page, ...row }) => ({ ...row, console: `${base}${page}` })) },
          null,
          2,
        )
      : report(found, base, target),
  );
  return found.rows.length > 0 ? "nothing wrong" : "something wrong";
}

/** The console listens on this machine, also for a stage. */
function consoleAddress(): string {
  const { CONSOLE_PORT } = portsFrom(withDotEnv(process.env, process.cwd()));
  return `http://127.0.0.1:${CONSOLE_PORT}`;
}

function report({ readAs, rows, where, limits }: Found, base: string, { stage }: Target): string {
  const said = `It was read as ${readAs}.`;
  const seen = limits.map((limit) => `${limit}.`).join("\n");
  if (rows.length === 0)
    return [`Nothing was found. ${said}`, `Searched: ${where.join(", ")}.`, seen].filter(Boolean).join("\n");
  const table = textTable([
    ["KIND", "ID", "STATUS", "AMOUNT", "CHANGED (UTC)", "CONSOLE"],
    ...rows.map(({ kind, id, status, amount = "", changedAt = "", page }) => [
      ...[kind, id, status, amount],
      ...[changedAt.slice(0, 19).replace("T", " "), `${base}${page}`],
    ]),
  ]);
  const howToOpen =
    stage === undefined ? "" : `The console of the stage: npm run console -- --stage ${stage}`;
  return [table, "", said, howToOpen, ...(limits.length > 0 ? [seen] : [])].filter(Boolean).join("\n");
}

async function rebuild(now: Date): Promise<Verdict> {
  const { records, written, removed } = await rebuildReferences({
    now,
    onProgress: (count) => showProgress(`${count} records read ...`),
  });
  showProgress("");
  console.log(
    `${records} records: ${written} were not in the index as they are, ${removed} outdated references were removed.`,
  );
  return "nothing wrong";
}
