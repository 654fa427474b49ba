/** Stack traces of the bundles, as Lambda runs them, named as our sources. */
import { execFile } from "node:child_process";
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { promisify } from "node:util";
import { afterAll, beforeAll, describe, expect, it } from "@jest/globals";
import { build } from "esbuild";
import { bundleOptions } from "../../local/trace-frames.ts";
import { traceCommand } from "../../scripts/trace/command.ts";
import { runTrace } from "../../scripts/trace/run.ts";
import { runHere } from "../steps/commands.ts";
import * as given from "../steps/given.ts";

given.localAws();
const folder = mkdtempSync(join(tmpdir(), "trace-"));
const ENTRY = "generated/handlers/stripe-get-customer";
const bundle = join(folder, "var/task", `${ENTRY}.cjs`);
beforeAll(async () => {
  const options = { ...bundleOptions(process.cwd()), entryPoints: [`${ENTRY}.ts`] };
  const { outputFiles } = await build({ ...options, sourcemap: false });
  mkdirSync(dirname(bundle), { recursive: true });
  writeFileSync(bundle, outputFiles[0]?.contents ?? "");
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

/** What the bundle logs about a call while Stripe cannot be reached. */
async function lineOfFailedCall(): Promise<string> {
  const event = given.httpEvent({ body: { customerId: "cus_1" } });
  const program = `
    const context = { awsRequestId: "r", getRemainingTimeInMillis: () => 8000 };
    require(${JSON.stringify(bundle)}).handler(${JSON.stringify(event)}, context).then(() => process.exit(0));`;
  const { stdout } = await promisify(execFile)(process.execPath, ["-e", program], {
    env: {
      ...process.env,
      NODE_OPTIONS: "",
      STRIPE_SECRET_KEY: "sk_test_local",
      STRIPE_API_BASE: "http://127.0.0.1:1",
    },
  });
  return stdout;
}

const traced = (text: string) => {
  const file = join(folder, "log.txt");
  writeFileSync(file, text);
  return runHere(traceCommand, runTrace, [file]);
};

describe("given an operation that fails in a bundle", () => {
  it("the log line, traced, names the operation's file and line, and the line is the one that called Stripe", async () => {
    const line = await lineOfFailedCall();
    expect(line).toMatch(/stripe-get-customer\.cjs:\d+:\d+/);
    const { status, out, err } = await traced(line);
    expect([status, err]).toEqual([0, ""]);
    expect(out).not.toContain(".cjs:");
    const { cause } = JSON.parse(out);
    const [, place = "", number = ""] =
      /(functions\/stripe-get-customer\/operation\.ts):(\d+):\d+/.exec(cause) ?? [];
    expect(place).not.toBe("");
    const source = readFileSync(place, "utf8").split("\n")[Number(number) - 1];
    expect(source).toMatch(/await/);
    // What is scrubbed stays so.
    expect(out).not.toContain("sk_test");
  });

  it("a stack that Lambda itself reports is traced line by line", async () => {
    const line = await lineOfFailedCall();
    const stack = JSON.parse(line).cause.replaceAll(folder, "");
    expect(stack).toContain("(/var/task/generated/handlers/");
    const { out } = await traced(stack);
    expect(out).toMatch(/\(functions\/stripe-get-customer\/operation\.ts:\d+:\d+\)/);
    expect(out.split("\n").length).toBe(stack.split("\n").length + 1);
  });
});

describe("given a text without places of this checkout", () => {
  it.each([
    ["nothing of a bundle", "Error: x\n    at y (node:internal:1:2)", /has no place in a bundle/],
    [
      "a function that does not exist",
      "at y (/var/task/generated/handlers/gone.cjs:1:2)",
      /have 0 of 1 places/,
    ],
    ["a place behind the end", `at y (/var/task/${ENTRY}.cjs:999999:2)`, /have 0 of 1 places/],
  ])("%s: it is printed as it is, and the reason is told", async (_what, text, reason) => {
    const { status, out, err } = await traced(text);
    expect(status).toBe(1);
    expect(out).toBe(`${text}\n`);
    expect(err).toMatch(reason);
  });
});
