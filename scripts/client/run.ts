/** Runs `npm run client`. */
import { gzipSync } from "node:zlib";
import type { Verdict } from "../command-line/command.ts";
import { bundleClient, declareClient } from "./build.ts";

export async function runClient(): Promise<Verdict> {
  const bundle = await bundleClient();
  declareClient();
  const kilobytes = (gzipSync(bundle).length / 1000).toFixed(1);
  console.log(`client/dist/index.js: ${kilobytes} kB gzipped. Its types are in client/dist/types.`);
  console.log("To publish it: npm publish ./client");
  return "nothing wrong";
}
