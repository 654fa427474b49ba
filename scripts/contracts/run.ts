/** Runs `npm run contracts`. */
import { breakingChanges } from "../../lib/compiler/evolution/breaking-changes.ts";
import { SourceError } from "../../lib/compiler/source/source-issue.ts";
import type { Verdict } from "../command-line/command.ts";
import type { ContractsAsked } from "./command.ts";
import { atCommit, readVersion } from "./read-version.ts";

export async function runContracts({ ref }: ContractsAsked): Promise<Verdict> {
  const before = await atCommit(".", ref, readVersion);
  const found = breakingChanges(before, readVersion("."));
  if (found.length === 0) {
    console.log(`No breaking change since ${ref}.`);
    return "nothing wrong";
  }
  console.log(new SourceError(found).message);
  console.log(`\n${found.length} breaking changes since ${ref}.`);
  return "something wrong";
}
