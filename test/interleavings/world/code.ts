/** Bundles the code under test, as a deployment does, and loads any number of separate copies of it. */
import { readFile } from "node:fs/promises";
import { createRequire } from "node:module";
import { relative, resolve } from "node:path";
import { Script } from "node:vm";
import { build } from "esbuild";
import { ON_ENTER, REALM_NAMES, type Realm, RealmGlobals } from "./realm.ts";

/** A change of the source before it is bundled. */
export interface Edit {
  readonly file: string;
  /** Occurs exactly once in the file. */
  readonly source: string;
  readonly replacement: string;
}

/** One copy of the code, with module state of its own. */
export interface Copy {
  readonly exports: Readonly<Record<string, unknown>>;
  /** From now on, the copy is as if it had just been loaded, in this realm. */
  enter(realm: Realm): void;
}

/** Loads a copy of the code. `modules` take the place of those that were named as simulated. */
export type Load = (modules: ReadonlyMap<string, unknown>) => Copy;

/** Stateless packages that all copies share: loading them takes longer than a whole seed. */
const SHARED = ["mustache", "@marcbachmann/cel-js", "@modelcontextprotocol/server"];

const root = resolve(import.meta.dirname, "../../..");

/** `entry` is a module of this repository; `simulated` are the packages, and modules as their neighbours import them, that each copy gets from its caller. */
export async function bundled(
  entry: string,
  simulated: readonly string[],
  edits: readonly Edit[] = [],
): Promise<Load> {
  const { outputFiles } = await build({
    absWorkingDir: root,
    entryPoints: [entry],
    bundle: true,
    write: false,
    platform: "node",
    format: "cjs",
    target: "node24",
    // A simulated package is required, also where the code imports it late.
    supported: { "dynamic-import": false },
    external: [...SHARED, ...simulated.filter((name) => !isOwnModule(name))],
    logLevel: "error",
    plugins: [
      {
        name: "simulated-modules",
        setup: ({ onResolve }) =>
          onResolve({ filter: /^\.\// }, ({ path }) =>
            simulated.includes(path) ? { path, external: true } : undefined,
          ),
      },
      { name: "source", setup: ({ onLoad }) => onLoad({ filter: OWN_CODE }, sourceWith(edits)) },
    ],
  });
  const shared = createRequire(import.meta.url);
  const text = outputFiles[0]?.text ?? "";
  const script = new Script(`(function (${REALM_NAMES.join(", ")}) {${text}\n})`, { filename: entry });
  return (modules) => {
    const inside = new RealmGlobals(modules, shared);
    const run: (...globals: readonly unknown[]) => void = script.runInThisContext();
    run(...inside.values);
    return { exports: inside.exports, enter: (realm) => inside.enter(realm) };
  };
}

/** Such as `./signed-request.ts`: one that its neighbours import. */
const isOwnModule = (name: string) => name.startsWith(".");

const OWN_CODE = /\/(?:lib|functions|generated|stripe-emulator)\/.*\.ts$/;

function sourceWith(edits: readonly Edit[]) {
  return async ({ path }: { readonly path: string }) => {
    const file = relative(root, path);
    const original = await readFile(path, "utf8");
    const changed = edits.filter((edit) => edit.file === file).reduce(edited, original);
    return { contents: changed + resetsOf(file, changed), loader: "ts" as const };
  };
}

function edited(text: string, { file, source, replacement }: Edit): string {
  if (text.split(source).length !== 2)
    throw new Error(`${file} does not contain this text exactly once: ${source}`);
  return text.replace(source, () => replacement);
}

/** Module variables that hold nothing but a client, or what is the same in every world. */
const KEPT = /^lib\/(?:aws\/|card-data\.ts|stripe\/stripe-(?:client|sdk)\.ts)/;

/** A module variable, perhaps with its type and its first value. */
const ONE_LINE = /^(?:export )?let (\w+)(?:: .*?)?(?: = (.*))?;$/;

/** Code that gives the module's variables their first values again, and empties its maps. */
function resetsOf(file: string, text: string): string {
  if (KEPT.test(file)) return "";
  const declarations = text.match(/^(?:export )?let .*/gm) ?? [];
  const variables = declarations.map((declaration) => {
    const [, name, value = "undefined"] = ONE_LINE.exec(declaration) ?? [];
    if (name === undefined) throw new Error(`${file}: declare this variable in one line: ${declaration}`);
    return `${name} = ${value};`;
  });
  const maps = [...text.matchAll(/^const (\w+)[^=;]*= new Map(?:<.*>)?\(\);$/gm)].map(
    ([, name]) => `${name}.clear();`,
  );
  const resets = [...variables, ...maps];
  return resets.length === 0 ? "" : `\n${ON_ENTER}(() => { ${resets.join(" ")} });\n`;
}
