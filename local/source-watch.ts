/** Generates again when a contract, a mail template, a policy or a workflow changes. */
import { spawn } from "node:child_process";
import { existsSync, type FSWatcher, watch } from "node:fs";
import { join } from "node:path";

/** The folders with what is generated from, and the files in them that count. TypeScript is bundled, not generated from. */
const WATCHED: readonly (readonly [folder: string, files: RegExp])[] = [
  ["functions", /\.(yml|html|txt)$/],
  ["languages", /\.yml$/],
  ["policies", /\.(yml|md)$/],
  ["workflows", /\.yml$/],
];
/** Editors write a file in several steps. */
const SETTLED_MS = 150;

export interface SourceWatchOptions {
  /** The folder of serverless.yml. */
  readonly directory: string;
  /** Runs after each successful generation, with the folders whose files had changed. */
  readonly onGenerated: (folders: ReadonlySet<string>) => Promise<void>;
  /** Gets the generator's output: what it has generated, or the mistakes. */
  readonly log: (line: string) => void;
}

/** Watches until `close`. Does nothing in a service without a generator. */
export function watchSources({ directory, onGenerated, log }: SourceWatchOptions): {
  close(): Promise<void>;
} {
  const generator = join(directory, "scripts/generate.ts");
  const changed = new Set<string>();
  let timer: NodeJS.Timeout | undefined;
  let generating = Promise.resolve();

  const generate = async () => {
    const folders = new Set(changed);
    changed.clear();
    const { isGood, output } = await run(generator, directory);
    for (const line of output.split("\n").filter(Boolean)) log(line);
    if (isGood)
      await onGenerated(folders).catch((error: unknown) => log(`${String(error)}. Restart npm start.`));
  };
  const watchers: FSWatcher[] = existsSync(generator)
    ? WATCHED.filter(([folder]) => existsSync(join(directory, folder))).map(([folder, files]) =>
        watch(join(directory, folder), { recursive: true }, (_event, file) => {
          if (file === null || !files.test(file)) return;
          changed.add(folder);
          clearTimeout(timer);
          timer = setTimeout(() => {
            generating = generating.then(generate);
          }, SETTLED_MS);
        }),
      )
    : [];
  return {
    close: async () => {
      clearTimeout(timer);
      for (const watcher of watchers) watcher.close();
      await generating;
    },
  };
}

function run(script: string, cwd: string): Promise<{ isGood: boolean; output: string }> {
  return new Promise((ended) => {
    const child = spawn(process.execPath, [script], { cwd, stdio: ["ignore", "pipe", "pipe"] });
    let output = "";
    for (const stream of [child.stdout, child.stderr]) {
      stream.on("data", (text) => {
        output += text;
      });
    }
    child.on("close", (code) => ended({ isGood: code === 0, output }));
  });
}
