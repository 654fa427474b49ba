/** The runtimes in which the client is tried. Each comes from npm, in this version, when it is first needed. */

export interface Runtime {
  /** Of npm; undefined for the Node that runs this. */
  readonly package?: { readonly name: string; readonly version: string };
  /** The words that run the suite in the folder of runtime-files.ts. */
  readonly command: readonly string[];
}

export const RUNTIMES = {
  node: { command: ["node", "main.js"] },
  deno: {
    package: { name: "deno", version: "2.9.6" },
    // It can do nothing but call the API.
    command: ["deno", "run", "--no-config", "--no-lock", "--allow-net=127.0.0.1", "main.js"],
  },
  bun: { package: { name: "bun", version: "1.4.5" }, command: ["bun", "run", "main.js"] },
  workerd: {
    package: { name: "workerd", version: "1.20261117.1" },
    command: ["workerd", "test", "workerd.capnp"],
  },
} as const satisfies Readonly<Record<string, Runtime>>;

export type RuntimeName = keyof typeof RUNTIMES;
export const RUNTIME_NAMES = Object.keys(RUNTIMES).filter(isRuntimeName);

export function isRuntimeName(name: string): name is RuntimeName {
  return Object.hasOwn(RUNTIMES, name);
}
