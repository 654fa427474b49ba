/** Every contract's operation against what its operation.ts exports, found out without running it. */
import { existsSync } from "node:fs";
import { dirname, join, resolve, sep } from "node:path";
import { type BuildFailure, build, type Message, type Plugin } from "esbuild";
import type { SourceIssue } from "../../lib/compiler/source/source-issue.ts";
import { nearest } from "../../lib/contract/suggestion.ts";
import type { ContractFile } from "./load-contracts.ts";

/** Notes in the contracts' sources what their operations lack; returns what is wrong with the operations themselves. */
export async function checkOperations(root: string, files: readonly ContractFile[]): Promise<SourceIssue[]> {
  const issues = await Promise.all(files.map((file) => checkOperation(root, file)));
  return issues.flat();
}

async function checkOperation(
  root: string,
  { contract, source }: ContractFile,
): Promise<readonly SourceIssue[]> {
  const { operation } = contract.provider;
  const place = source.root.get("provider")?.get("operation") ?? source.root;
  const file = join(dirname(source.file), "operation.ts");
  if (!existsSync(join(root, file))) {
    const what = operation === "" ? "the function that provider.operation names" : operation;
    place.issue(`there is no operation.ts beside the contract; it must export ${what}`);
    return [];
  }
  const exported = await exportsOf(root, file);
  if (!exported.ok) return exported.issues;
  const { names } = exported;
  if (operation === "" || names.includes(operation)) return [];
  const near = nearest(operation, names);
  place.issue(
    `operation.ts does not export "${operation}"; it exports ${names.length === 0 ? "nothing" : names.join(", ")}` +
      (near === undefined ? "" : `; did you mean "${near}"?`),
  );
  return [];
}

type Exports =
  | { readonly ok: true; readonly names: readonly string[] }
  | { readonly ok: false; readonly issues: readonly SourceIssue[] };

/** The names that the module exports as values; or why it cannot be read as TypeScript. */
async function exportsOf(root: string, file: string): Promise<Exports> {
  try {
    const { metafile } = await build({
      absWorkingDir: resolve(root),
      entryPoints: [file],
      bundle: true,
      write: false,
      metafile: true,
      format: "esm",
      logLevel: "silent",
      plugins: [onlyFilesIn(resolve(root, dirname(file)))],
    });
    return { ok: true, names: Object.values(metafile.outputs).flatMap((output) => output.exports) };
  } catch (error) {
    if (!isBuildFailure(error)) throw error;
    return { ok: false, issues: error.errors.map((message) => issueOf(file, message)) };
  }
}

/** What a capability exports may come from its other files; what it imports from elsewhere need not even exist yet. */
function onlyFilesIn(folder: string): Plugin {
  return {
    name: "only-files-in-folder",
    setup: ({ onResolve }) =>
      onResolve({ filter: /^/ }, ({ kind, path, resolveDir }) => {
        const isInside = path.startsWith(".") && resolve(resolveDir, path).startsWith(folder + sep);
        return kind === "entry-point" || isInside ? undefined : { path, external: true };
      }),
  };
}

/** esbuild counts lines from 1 and columns from 0. */
function issueOf(file: string, { text, location }: Message): SourceIssue {
  return {
    file: location?.file ?? file,
    line: location?.line ?? 1,
    column: (location?.column ?? 0) + 1,
    message: text,
  };
}

function isBuildFailure(error: unknown): error is BuildFailure {
  return error instanceof Error && "errors" in error && Array.isArray(error.errors);
}
