/** The local stack of the test file that imports this: it is ready when the tests run, and ends after them. */
import { afterAll, beforeAll } from "@jest/globals";
import { freePorts } from "../../../local/ports.ts";
import { StackClient } from "../../../local/stack-client.ts";
import { type RunningStack, type StackUrls, startStack } from "../../../local/stack-process.ts";

let running: RunningStack | undefined;
let connected: StackClient | undefined;

/** The environment with which commands find this stack. */
export let ports: Readonly<Record<string, string>> = {};
/** Every line that the stack has printed. */
export const printed: string[] = [];

beforeAll(async () => {
  ports = await freePorts();
  running = await startStack({
    env: { ...ports, STRIPE_SECRET_KEY: "sk_test_local", NODE_OPTIONS: "" },
    onLine: (line) => printed.push(line),
  });
  connected = new StackClient(running.urls);
});
afterAll(() => running?.stop());

/** The URLs of the parts of the stack. */
export const urls = (): StackUrls => started(running).urls;
export const client = (): StackClient => started(connected);

function started<T>(part: T | undefined): T {
  if (part === undefined) throw new Error("The stack is ready only after the first beforeAll");
  return part;
}
