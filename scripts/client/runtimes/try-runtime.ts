/** Runs the suite of the client in one runtime, against an API on this machine. */
import { execFile } from "node:child_process";
import { join } from "node:path";
import { promisify } from "node:util";
import { Problem } from "../../../lib/errors.ts";
import { listOf, parseJson, textOf } from "../../../lib/untrusted.ts";
import { bundledClient } from "../build.ts";
import { runtimeFiles, writeFiles } from "./runtime-files.ts";
import { RUNTIMES, type Runtime, type RuntimeName } from "./runtimes.ts";
import type { CheckResult } from "./suite.ts";
import { startSuiteApi } from "./suite-api.ts";

const FOLDER = join(import.meta.dirname, "../../../.local/client-runtimes");
/** Long enough to fetch a runtime of a hundred megabytes. */
const LONGEST_MS = 300_000;

export interface TriedRuntime {
  readonly name: RuntimeName;
  readonly version: string;
  readonly results: readonly CheckResult[];
}

/** Throws BAD_GATEWAY if a runtime cannot be fetched or started. */
export async function tryRuntime(name: RuntimeName): Promise<TriedRuntime> {
  const runtime: Runtime = RUNTIMES[name];
  const api = await startSuiteApi();
  try {
    writeFiles(FOLDER, await runtimeFiles(await bundledClient(), api.url));
    const output = await outputOf(runtime);
    const line = output.split("\n").find((text) => text.includes('[{"check"')) ?? "";
    const results = listOf(parseJson(line.slice(line.indexOf("[{")))).map(resultOf);
    if (results.length === 0) throw new Problem("BAD_GATEWAY", `${name} has run nothing:\n${output}`);
    return { name, version: runtime.package?.version ?? process.versions.node, results };
  } finally {
    await api.close();
  }
}

async function outputOf({ package: fromNpm, command }: Runtime): Promise<string> {
  const [program = "", ...words] =
    fromNpm === undefined
      ? command
      : ["npm", "exec", "--yes", "--package", `${fromNpm.name}@${fromNpm.version}`, "--", ...command];
  const options = {
    cwd: FOLDER,
    timeout: LONGEST_MS,
    env: { ...process.env, NODE_OPTIONS: "", DENO_NO_UPDATE_CHECK: "1", DO_NOT_TRACK: "1" },
  };
  const { stdout, stderr } = await promisify(execFile)(program, words, options).catch((cause: unknown) => {
    throw new Problem("BAD_GATEWAY", `${command[0]} could not be run: ${String(cause)}`, { cause });
  });
  return `${stdout}\n${stderr}`;
}

function resultOf(result: unknown): CheckResult {
  const { check, mistake } = Object(result);
  const text = textOf(mistake);
  return { check: textOf(check) ?? "", ...(text === undefined ? {} : { mistake: text }) };
}
