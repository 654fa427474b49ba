/** Runs the chosen command of `npm run policy`, with the policies of the working directory. */
import { readFileSync } from "node:fs";
import { types } from "node:util";
import { SourceError } from "../../lib/compiler/source/source-issue.ts";
import { Problem } from "../../lib/errors.ts";
import { createPolicy } from "../../lib/policy/create-policy.ts";
import type { Circumstances, Verdict } from "../command-line/command.ts";
import type { PolicyAsked } from "./command.ts";
import { explainDecision } from "./explain.ts";
import { loadCases } from "./load-cases.ts";
import { missingCases } from "./missing-cases.ts";
import { loadPolicyProject } from "./project.ts";
import { differenceOf } from "./run-cases.ts";

export function runPolicy(asked: PolicyAsked, { now }: Circumstances): Verdict {
  try {
    switch (asked.action) {
      case "check":
        return check();
      case "test":
        return test();
      case "explain": {
        const request = { ...asked.request, input: readInput(asked.file) };
        console.log(explainDecision(loadPolicyProject(), request, now).join("\n"));
        return "nothing wrong";
      }
    }
  } catch (thrown) {
    if (!(thrown instanceof SourceError)) throw thrown;
    console.error(thrown.message);
    return "something wrong";
  }
}

function readInput(file: string): unknown {
  try {
    return JSON.parse(readFileSync(file === "-" ? 0 : file, "utf8"));
  } catch (error) {
    throw new Problem("BAD_REQUEST", `${file} cannot be read as JSON: ${reasonOf(error)}`);
  }
}

/** The parser's message quotes the file, which may contain personal data, so only the place is shown. */
function reasonOf(error: unknown): string {
  if (!(error instanceof SyntaxError)) return types.isNativeError(error) ? error.message : String(error);
  const place = /\(line \d+ column \d+\)/.exec(error.message)?.[0];
  return place === undefined ? "it is not JSON" : `it is not JSON ${place}`;
}

function check(): Verdict {
  const { rules } = loadPolicyProject();
  const cases = loadCases(rules);
  console.log(`${rules.length} policy rules and ${cases.length} cases are correct`);
  return "nothing wrong";
}

function test(): Verdict {
  const project = loadPolicyProject();
  const policy = createPolicy(project.rules);
  const cases = loadCases(project.rules);
  const differences = cases.flatMap((row) => differenceOf(row, policy, project) ?? []);
  const missing = missingCases(cases, project);
  for (const line of [...differences, ...missing]) console.error(line);
  console.log(`${cases.length} cases, ${differences.length} decided differently, ${missing.length} gaps`);
  return differences.length + missing.length === 0 ? "nothing wrong" : "something wrong";
}
