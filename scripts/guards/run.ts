/** Runs `npm run guards`, in a copy of the code: the working tree is not touched. */
import { spawnSync } from "node:child_process";
import { cpSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { basename, join, resolve } from "node:path";
import { Problem } from "../../lib/errors.ts";
import type { Verdict } from "../command-line/command.ts";
import { textTable } from "../text-table.ts";
import type { GuardsAsked } from "./command.ts";
import type { Guard } from "./guard.ts";
import { GUARDS } from "./guards.ts";

/** `broken`: no test failed by itself, so the run shows nothing. */
type Outcome = "killed" | "SURVIVED" | "BROKEN";

/** A test that hangs shows nothing. */
const LONGEST_TEST_MS = 5 * 60 * 1000;

const NOT_COPIED: ReadonlySet<string> = new Set([
  "node_modules",
  ".git",
  ".serverless",
  ".stryker",
  ".local",
]);

/** "something wrong" when the test of a guard passes without the guard, or cannot run. */
export function runGuards({ ids }: GuardsAsked): Verdict {
  const copy = copyOfCode();
  try {
    const rows = GUARDS.filter(({ id }) => ids.includes(id)).map((guard) => {
      const startedAt = Date.now();
      const outcome = outcomeWithout(guard, copy);
      const seconds = Math.round((Date.now() - startedAt) / 1000);
      console.log(`${outcome}: ${guard.id}, ${seconds} s`);
      return { guard, outcome };
    });
    console.log();
    console.log(
      textTable([
        ["PROMISE", "WITHOUT", "TEST", "OUTCOME"],
        ...rows.map(({ guard, outcome }) => [guard.promise, guard.id, guard.test, outcome]),
      ]),
    );
    const killed = rows.filter(({ outcome }) => outcome === "killed").length;
    console.log(`\n${killed} of ${rows.length} removed guards were noticed.`);
    return killed === rows.length ? "nothing wrong" : "something wrong";
  } finally {
    rmSync(copy, { recursive: true, force: true });
  }
}

function copyOfCode(): string {
  const copy = mkdtempSync(join(tmpdir(), "guards-"));
  cpSync(".", copy, { recursive: true, filter: (source) => !NOT_COPIED.has(basename(source)) });
  symlinkSync(resolve("node_modules"), join(copy, "node_modules"));
  return copy;
}

function outcomeWithout({ id, file, source, replacement, test, only }: Guard, copy: string): Outcome {
  const path = join(copy, file);
  const original = readFileSync(path, "utf8");
  if (original.split(source).length !== 2) {
    throw new Problem("CONFLICT", `${id}: ${file} does not contain this text exactly once: ${source}`);
  }
  writeFileSync(
    path,
    original.replace(source, () => replacement),
  );
  try {
    return testOutcome(copy, test, only);
  } finally {
    writeFileSync(path, original);
  }
}

function testOutcome(copy: string, test: string, only: string | undefined): Outcome {
  const jest = join("node_modules", "jest", "bin", "jest.js");
  const config = test.startsWith("test/system/") ? "jest.system.config.js" : "jest.config.js";
  const { status, stdout, stderr } = spawnSync(
    process.execPath,
    [jest, "--config", config, "-i", "--runTestsByPath", test, ...(only === undefined ? [] : ["-t", only])],
    { cwd: copy, encoding: "utf8", timeout: LONGEST_TEST_MS, maxBuffer: 256 * 1024 * 1024 },
  );
  if (status === 0) return "SURVIVED";
  const output = `${stdout}${stderr}`;
  const [, failed = "0"] = /(\d+) failed(?:, \d+ skipped)?$/.exec(output.trimEnd()) ?? [];
  return Number(failed) > 0 && !output.includes("could not be run") ? "killed" : "BROKEN";
}
