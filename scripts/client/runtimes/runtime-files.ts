/** The files that every runtime runs: the client as it is published, the suite, and a main program for each kind of runtime. */
import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { build } from "esbuild";

/** The text of each file, by its name. `client`: the text of the published module. `baseUrl`: the address of the suite's API. */
export async function runtimeFiles(
  client: string,
  baseUrl: string,
): Promise<Readonly<Record<string, string>>> {
  const { outputFiles } = await build({
    entryPoints: [join(import.meta.dirname, "suite.ts")],
    bundle: true,
    write: false,
    format: "esm",
    platform: "neutral",
    target: "es2022",
    logLevel: "silent",
  });
  const imports = `import * as client from "./client.js";
import { runSuite } from "./suite.js";
const results = () => runSuite(client, ${JSON.stringify(baseUrl)}).then((found) => JSON.stringify(found));
`;
  return {
    "client.js": client,
    "suite.js": outputFiles[0]?.text ?? "",
    "package.json": '{ "type": "module" }',
    "main.js": `${imports}console.log(await results());\n`,
    "worker.js": `${imports}export default { test: async () => console.log(await results()) };\n`,
    "workerd.capnp": `using Workerd = import "/workerd/workerd.capnp";
const config :Workerd.Config = (services = [
  (name = "internet", network = (allow = ["private"])),
  (name = "client", worker = (
    compatibilityDate = "2026-01-01",
    modules = [
      (name = "worker.js", esModule = embed "worker.js"),
      (name = "client.js", esModule = embed "client.js"),
      (name = "suite.js", esModule = embed "suite.js"),
    ],
  )),
]);
`,
  };
}

export function writeFiles(folder: string, files: Readonly<Record<string, string>>): void {
  mkdirSync(folder, { recursive: true });
  for (const [name, text] of Object.entries(files)) writeFileSync(join(folder, name), text);
}
