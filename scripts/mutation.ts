/**
 * `npm run mutation`: every part of scripts/mutation/parts.ts; `-- sealing usage`: these. Ends with 1 when a part's score
 * is below the one that stryker.config.js asks for. A second run repeats only what has changed; `-- --force` all of it.
 */
import { spawnSync } from "node:child_process";
import { parseArgs } from "node:util";
import { PARTS } from "./mutation/parts.ts";

const { positionals, values } = parseArgs({
  allowPositionals: true,
  options: { force: { type: "boolean", default: false } },
});
const known = Object.keys(PARTS);
const unknown = positionals.filter((part) => !known.includes(part));
if (unknown.length > 0) {
  console.error(`There is no part ${unknown.join(", ")}; there are ${known.join(", ")}`);
  process.exit(2);
}

const ended = (positionals.length === 0 ? known : positionals).map((part) => {
  const startedAt = Date.now();
  const { status } = spawnSync("stryker", ["run", ...(values.force ? ["--force"] : [])], {
    stdio: "inherit",
    env: { ...process.env, MUTATION_PART: part },
  });
  return { part, isGood: status === 0, seconds: Math.round((Date.now() - startedAt) / 1000) };
});

console.log();
for (const { part, isGood, seconds } of ended) {
  console.log(
    `${isGood ? "good" : "TOO LOW OR FAILED"}: ${part}, ${seconds} s, .stryker/${part}/mutation.html`,
  );
}
if (ended.some(({ isGood }) => !isGood)) process.exitCode = 1;
