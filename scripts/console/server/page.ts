/** The console's document, script and style: built from console/ when the server starts. */
import { createHash } from "node:crypto";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { build } from "esbuild";

export interface PageFile {
  readonly type: string;
  readonly body: string;
}

export interface ConsolePage {
  /** The same document for every view. */
  readonly document: PageFile;
  /** By path. */
  readonly files: ReadonlyMap<string, PageFile>;
}

const FOLDER = join(import.meta.dirname, "../../../console");

/** Everything comes from this server. Mails are shown in frames, which cannot run scripts. */
export const pageHeaders = {
  "content-security-policy":
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; connect-src 'self'; frame-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
  "x-content-type-options": "nosniff",
  "referrer-policy": "no-referrer",
} as const;

/** Rejects if the sources have a mistake. */
export async function buildPage(): Promise<ConsolePage> {
  const { outputFiles } = await build({
    entryPoints: [join(FOLDER, "main.tsx")],
    bundle: true,
    minify: true,
    format: "esm",
    target: "es2022",
    jsx: "automatic",
    jsxImportSource: "preact",
    outdir: FOLDER,
    write: false,
    logLevel: "silent",
  });
  const textOf = (extension: string) => outputFiles.find(({ path }) => path.endsWith(extension))?.text ?? "";
  const script = named("main", ".js", textOf(".js"), "text/javascript; charset=utf-8");
  const style = named("main", ".css", textOf(".css"), "text/css; charset=utf-8");
  const document = readFileSync(join(FOLDER, "index.html"), "utf8")
    .replace("main.js", script.path)
    .replace("main.css", style.path);
  return {
    document: { type: "text/html; charset=utf-8", body: document },
    files: new Map([script, style].map(({ path, file }) => [path, file])),
  };
}

/** Under a path that changes with its content. */
function named(name: string, extension: string, body: string, type: string) {
  const digest = createHash("sha256").update(body).digest("hex").slice(0, 10);
  return { path: `/console/${name}-${digest}${extension}`, file: { type, body } };
}
