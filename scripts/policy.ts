/**
 * `npm run policy -- explain <principal> <capability> <input.json>`: a decision, and why. `-- test`: the decision tables,
 * policies/*.cases.md. `-- check`: the policies themselves. Ends with 0, also when the decision is a denial; with 1 when
 * policies or cases are wrong; with 2 when it was called wrongly.
 */
import { globSync, readFileSync } from "node:fs";
import { parseArgs } from "node:util";
import { SourceError } from "../lib/compiler/source/source-issue.ts";
import { Problem } from "../lib/errors.ts";
import { createPolicy } from "../lib/policy/decide.ts";
import { readCases } from "./policy/cases.ts";
import { explainDecision } from "./policy/explain.ts";
import { loadPolicyProject } from "./policy/project.ts";
import { differenceOf } from "./policy/run-cases.ts";

const USAGE = `npm run policy -- check
npm run policy -- test
npm run policy -- explain <principal> <capability> <input.json> [options]
  <principal>   a role, or an id and its roles: checkout, shop-1=checkout,support
  <input.json>  a file, or - for the standard input
  --action      invoke, step, start or read; the natural one when left out
  --stage       dev when left out
  --now         2026-11-25T10:00:00Z
  --usage       callsThisMinute=61,customerAmountToday=5000; rules that read it are left out without
  --customer    the one Stripe customer that the principal may act for`;

const OPTIONS = {
  action: { type: "string" },
  stage: { type: "string" },
  now: { type: "string" },
  usage: { type: "string" },
  customer: { type: "string" },
} as const;

function main(): number {
  const { positionals, values } = parseCommandLine();
  const [command, ...operands] = positionals;
  if (command === "check" && operands.length === 0) return check();
  if (command === "test" && operands.length === 0) return test();
  const [principal, capability, file] = operands;
  if (command !== "explain" || operands.length !== 3 || !principal || !capability || !file)
    throw new Problem("BAD_REQUEST", USAGE);
  const request = { ...values, principal, capability, input: readInput(file) };
  console.log(explainDecision(loadPolicyProject(), request, new Date()).join("\n"));
  return 0;
}

function parseCommandLine() {
  try {
    return parseArgs({ options: OPTIONS, allowPositionals: true });
  } catch (error) {
    throw new Problem("BAD_REQUEST", `${error instanceof Error ? error.message : error}\n${USAGE}`);
  }
}

function readInput(file: string): unknown {
  try {
    return JSON.parse(readFileSync(file === "-" ? 0 : file, "utf8"));
  } catch (error) {
    throw new Problem("BAD_REQUEST", `${file} cannot be read as JSON: ${reasonOf(error)}`);
  }
}

/** The parser's message quotes the file, which may hold what no terminal should keep: of it only the place is told. */
function reasonOf(error: unknown): string {
  if (!(error instanceof SyntaxError)) return error instanceof Error ? error.message : String(error);
  const place = /\(line \d+ column \d+\)/.exec(error.message)?.[0];
  return place === undefined ? "it is no JSON" : `it is no JSON ${place}`;
}

function check(): number {
  console.log(`${loadPolicyProject().rules.length} policy rules, nothing wrong`);
  return 0;
}

function test(): number {
  const project = loadPolicyProject();
  const policy = createPolicy(project.rules);
  const cases = globSync("policies/*.cases.md")
    .sort()
    .flatMap((file) => readCases(file, readFileSync(file, "utf8")));
  const differences = cases.flatMap((row) => differenceOf(row, policy, project) ?? []);
  for (const difference of differences) console.error(difference);
  console.log(`${cases.length} cases, ${differences.length} decided otherwise`);
  return differences.length === 0 ? 0 : 1;
}

try {
  process.exitCode = main();
} catch (error) {
  if (!(error instanceof SourceError || error instanceof Problem)) throw error;
  console.error(error.message);
  process.exitCode = error instanceof SourceError ? 1 : 2;
}
