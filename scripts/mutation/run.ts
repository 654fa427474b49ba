/** Runs `npm run mutation`. */
import { spawnSync } from "node:child_process";
import { Problem } from "../../lib/errors.ts";
import type { Verdict } from "../command-line/command.ts";
import type { MutationAsked } from "./command.ts";

/** "something wrong" when a part's score is below the limit in stryker.config.js, or its run failed. */
export function runMutation({ parts, force }: MutationAsked): Verdict {
  const ended = parts.map((part) => {
    const startedAt = Date.now();
    const { status, error } = spawnSync("stryker", ["run", ...(force ? ["--force"] : [])], {
      stdio: "inherit",
      env: { ...process.env, MUTATION_PART: part },
    });
    if (error !== undefined)
      throw new Problem("BAD_REQUEST", `stryker cannot be started: run it with \`npm run mutation\``, {
        cause: error,
      });
    return { part, isGood: status === 0, seconds: Math.round((Date.now() - startedAt) / 1000) };
  });

  console.log();
  for (const { part, isGood, seconds } of ended) {
    console.log(
      `${isGood ? "good" : "TOO LOW OR FAILED"}: ${part}, ${seconds} s, .stryker/${part}/mutation.html`,
    );
  }
  return ended.every(({ isGood }) => isGood) ? "nothing wrong" : "something wrong";
}
