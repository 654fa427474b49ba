/** Bundles code as a deployment does, so that what is measured is what runs on Lambda. */
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { build, type Plugin } from "esbuild";
import { parse } from "yaml";
import { fieldOf, fieldsOf } from "../../../lib/untrusted.ts";
import { leaveOut } from "../../../local/leave-out.ts";

const PROJECT = join(import.meta.dirname, "../../..");
/** Settings of serverless.yml that are serverless-esbuild's own. */
const NOT_ESBUILDS = ["exclude", "outputFileExtension"];

/**
 * Writes one CommonJS bundle for each entry into `folder`, as `<name>.cjs`. `standIns`: modules by those that they stand for,
 * such as an adapter without its service. All paths are relative to the project.
 */
export async function bundleAsDeployed(
  entries: Readonly<Record<string, string>>,
  folder: string,
  standIns: Readonly<Record<string, string>> = {},
): Promise<void> {
  const service: unknown = parse(readFileSync(join(PROJECT, "serverless.yml"), "utf8"));
  const options = Object.entries(fieldsOf(fieldOf(service, "custom", "esbuild")));
  await build({
    ...Object.fromEntries(options.filter(([name]) => !NOT_ESBUILDS.includes(name))),
    absWorkingDir: PROJECT,
    entryPoints: { ...entries },
    outdir: folder,
    outExtension: { ".js": ".cjs" },
    plugins: [standInPlugin(standIns), leaveOut()],
    logLevel: "silent",
  });
}

function standInPlugin(standIns: Readonly<Record<string, string>>): Plugin {
  const byPath = new Map(
    Object.entries(standIns).map(([path, standIn]) => [join(PROJECT, path), join(PROJECT, standIn)]),
  );
  return {
    name: "stand-ins",
    setup({ onResolve }) {
      onResolve({ filter: /^\.{1,2}\// }, ({ path, resolveDir }) => {
        const standIn = byPath.get(join(resolveDir, path));
        return standIn === undefined ? undefined : { path: standIn };
      });
    },
  };
}
