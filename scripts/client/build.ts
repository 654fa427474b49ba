/** Builds client/dist from client/*.ts and generated/client/: one ES module, and its declarations. */
import { spawnSync } from "node:child_process";
import { mkdirSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { build } from "esbuild";
import { Problem } from "../../lib/errors.ts";

const ROOT = join(import.meta.dirname, "../..");
const DIST = join(ROOT, "client/dist");

/** Replaces client/dist by the module alone, and returns its text. */
export async function bundleClient(): Promise<string> {
  const text = await bundledClient();
  rmSync(DIST, { recursive: true, force: true });
  mkdirSync(DIST, { recursive: true });
  writeFileSync(join(DIST, "index.js"), text);
  return text;
}

/** The text of the module, in which nothing is imported. */
export async function bundledClient(): Promise<string> {
  const { outputFiles } = await build({
    entryPoints: [join(ROOT, "client/index.ts")],
    absWorkingDir: ROOT,
    bundle: true,
    write: false,
    format: "esm",
    platform: "neutral",
    target: "es2022",
    minify: true,
    logLevel: "silent",
  });
  return outputFiles[0]?.text ?? "";
}

/** Adds the declarations. Throws BAD_REQUEST with the compiler's message if the client does not compile. */
export function declareClient(): void {
  const { status, stdout, stderr } = spawnSync("tsc", ["--project", "client/tsconfig.json"], {
    cwd: ROOT,
    encoding: "utf8",
  });
  if (status !== 0) throw new Problem("BAD_REQUEST", `The client does not compile:\n${stdout}${stderr}`);
}
