/** A copy of this project, in which the drill can edit what a colleague would edit by mistake. */
import { cpSync, existsSync, mkdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { LocalStackError } from "../../local/ports.ts";

const PROJECT = join(import.meta.dirname, "../..");
/** Always the same folder, so that the stack finds the bundles of the last drill. */
const COPY = join(PROJECT, ".local/drill");
const COPIED = [
  ...[
    "client",
    "console",
    "events",
    "functions",
    "generated",
    "languages",
    "lib",
    "local",
    "policies",
    "resources",
  ],
  ...["schemas", "scripts", "stages", "stripe-emulator", "workflows"],
  ...["package.json", "package-lock.json", "serverless.yml", "tsconfig.json"],
];
/** What the copy shares with the project: its packages, and what was bundled and compiled before. */
const SHARED = ["node_modules", ".local/bundles", ".local/compile-cache"];

export interface ProjectCopy {
  readonly directory: string;
  /** Replaces a text in a file of the copy, and returns what takes that back. Throws if the file does not have it. */
  edit(file: string, text: string, replacement: string): () => void;
  close(): void;
}

/** Makes the copy. Throws a LocalStackError while another drill uses it. */
export function copyProject(): ProjectCopy {
  const lock = `${COPY}.pid`;
  if (existsSync(lock) && isRunning(Number(readFileSync(lock, "utf8"))))
    throw new LocalStackError("Another drill is running: wait until it has ended.");
  mkdirSync(COPY, { recursive: true });
  writeFileSync(lock, String(process.pid));
  for (const name of COPIED) {
    rmSync(join(COPY, name), { recursive: true, force: true });
    cpSync(join(PROJECT, name), join(COPY, name), { recursive: true, preserveTimestamps: true });
  }
  mkdirSync(join(COPY, ".local"), { recursive: true });
  for (const name of SHARED) {
    mkdirSync(join(PROJECT, name), { recursive: true });
    rmSync(join(COPY, name), { force: true });
    symlinkSync(join(PROJECT, name), join(COPY, name));
  }
  return {
    directory: COPY,
    edit: (file, text, replacement) => {
      const path = join(COPY, file);
      const before = readFileSync(path, "utf8");
      if (!before.includes(text)) throw new Error(`${file} does not have the text ${text}`);
      writeFileSync(path, before.replace(text, replacement));
      return () => writeFileSync(path, before);
    },
    close: () => rmSync(lock, { force: true }),
  };
}

function isRunning(pid: number): boolean {
  try {
    return process.kill(pid, 0);
  } catch {
    return false;
  }
}
