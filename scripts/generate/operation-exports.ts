/** Finds the exports of an operation.ts without running it. */
import { dirname, resolve, sep } from "node:path";
import { type BuildFailure, build, type Message, type Plugin } from "esbuild";
import type { SourceIssue } from "../../lib/compiler/source/source-issue.ts";

export type Exports =
  | { readonly ok: true; readonly names: readonly string[] }
  | { readonly ok: false; readonly issues: readonly SourceIssue[] };

/** The names that the module exports as values, or the reasons why it cannot be read as TypeScript. */
export async function exportsOf(root: string, file: string): Promise<Exports> {
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

/** A capability's exports can come from other files of its folder; files outside of it need not exist yet. */
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
