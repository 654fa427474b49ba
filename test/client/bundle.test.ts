/** The module that applications install: small, without imports, and with nothing that one of its platforms lacks. */
import { readFileSync } from "node:fs";
import vm from "node:vm";
import { gzipSync } from "node:zlib";
import { beforeAll, describe, expect, it } from "@jest/globals";
import { bundledClient } from "../../scripts/client/build.ts";

/** 3.2 kB in November 2026, of which notifications are 1. Applications can have twelve; more than this needs a reason. */
const MOST_BYTES = 4_000;

let bundle: string;
beforeAll(async () => {
  bundle = await bundledClient();
});

describe("given the bundle of the client", () => {
  it("it has at most 4 kB gzipped, with the reading of all capabilities", () => {
    expect(gzipSync(bundle).length).toBeLessThanOrEqual(MOST_BYTES);
  });

  it("it imports nothing", () => {
    expect(bundle).not.toMatch(/\bimport\b|\brequire\b|node:/);
  });

  it("it works where only the globals that all platforms share exist", async () => {
    const sent: [string, RequestInit][] = [];
    const answers = [new Response("{}", { status: 503 }), Response.json({ customerId: "cus_1" })];
    const shared = { AbortSignal, DOMException, URL, URLSearchParams, crypto, setTimeout, clearTimeout };
    // Of V8 itself, a context has Promise, JSON, Math and so on; it lacks process, Buffer and require.
    const context = vm.createContext({
      ...shared,
      fetch: async (url: string, init: RequestInit) => {
        sent.push([url, init]);
        return answers.shift();
      },
    });
    const script = bundle.replace(
      /export\{([^}]*)\};?\s*$/,
      (_, names: string) => `globalThis.client={${names.replaceAll(/(\w+) as (\w+)/g, "$2:$1")}};`,
    );
    expect(script).not.toBe(bundle);
    vm.runInContext(script, context);
    const outputs = await vm.runInContext(
      `new client.Client({ baseUrl: "https://api.example.com", apiKey: "k", clock: { now: Date.now, sleep: async () => {} } })
         .call("stripe-create-customer", { email: "ada@example.com" })`,
      context,
    );
    expect(outputs).toEqual({ customerId: "cus_1" });
    expect(sent.map(([url]) => url)).toEqual(
      Array(2).fill("https://api.example.com/api/capabilities/stripe-create-customer"),
    );
    expect(sent[1]?.[1].redirect).toBe("manual");
  });
});

describe("given the package", () => {
  const packed = JSON.parse(readFileSync("client/package.json", "utf8"));
  const project = JSON.parse(readFileSync("package.json", "utf8"));

  it("it has no dependencies, and the version and the licence of the project", () => {
    expect(Object.keys(packed).filter((key) => /dependencies/i.test(key))).toEqual([]);
    expect([packed.version, packed.license]).toEqual([project.version, project.license]);
    expect(readFileSync("client/LICENSE", "utf8")).toBe(readFileSync("LICENSE", "utf8"));
  });
});
