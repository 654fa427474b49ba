/** What an operation.ts exports, without running it. */
import { build } from "esbuild";

/** Names of the module's exports. Throws esbuild's failure for a module that does not parse. */
export async function exportsOf(file: string): Promise<readonly string[]> {
  const { metafile } = await build({
    entryPoints: [file],
    bundle: false,
    format: "esm",
    metafile: true,
    write: false,
    logLevel: "silent",
  });
  return Object.values(metafile.outputs).flatMap((output) => output.exports);
}
