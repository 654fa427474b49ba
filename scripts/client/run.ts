/** Runs `npm run client`. */
import { gzipSync } from "node:zlib";
import type { Verdict } from "../command-line/command.ts";
import { textTable } from "../text-table.ts";
import { bundleClient, declareClient } from "./build.ts";
import type { ClientAsked } from "./command.ts";
import type { RuntimeName } from "./runtimes/runtimes.ts";
import { type TriedRuntime, tryRuntime } from "./runtimes/try-runtime.ts";

export function runClient(asked: ClientAsked): Promise<Verdict> {
  return asked.action === "build" ? buildClient() : tryRuntimes(asked.names);
}

async function buildClient(): Promise<Verdict> {
  const bundle = await bundleClient();
  declareClient();
  const kilobytes = (gzipSync(bundle).length / 1000).toFixed(1);
  console.log(`client/dist/index.js: ${kilobytes} kB gzipped. Its types are in client/dist/types.`);
  console.log("To publish it: npm publish ./client");
  return "nothing wrong";
}

/** One after another, because each is heavy to start. */
async function tryRuntimes(names: readonly RuntimeName[]): Promise<Verdict> {
  const tried: TriedRuntime[] = [];
  for (const name of names) tried.push(await tryRuntime(name));
  const mistakes = tried.flatMap(({ name, results }) =>
    results.flatMap(({ check, mistake }) => (mistake === undefined ? [] : [`${name}: ${check}: ${mistake}`])),
  );
  const rows = tried.map(({ name, version, results }) => {
    const passed = results.filter(({ mistake }) => mistake === undefined).length;
    return [name, version, `${passed} of ${results.length} checks passed`];
  });
  console.log(textTable(rows));
  for (const mistake of mistakes) console.log(mistake);
  return mistakes.length === 0 ? "nothing wrong" : "something wrong";
}
