/** The client as applications get it: packed, installed, used from plain JavaScript, and compiled with right and wrong programs. */
import { execFile, execFileSync } from "node:child_process";
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { promisify } from "node:util";
import { afterAll, beforeAll, describe, expect, it } from "@jest/globals";
import { blocksIn } from "../steps/documented-blocks.ts";
import { answerJson, type LoopbackServer, loopbackServer } from "../steps/loopback-server.ts";

const PACKAGE = "contractspec-stripe-client";
let application: string;
let files: readonly string[];

/** An application with the packed client in its node_modules, and nothing else. */
beforeAll(() => {
  mkdirSync(".local/test", { recursive: true });
  application = mkdtempSync(join(process.cwd(), ".local/test/application-"));
  const installed = join(application, "node_modules", PACKAGE);
  mkdirSync(installed, { recursive: true });
  const environment = { ...process.env, NODE_OPTIONS: "" };
  execFileSync("npm", ["pack", "./client", "--silent", "--pack-destination", application], {
    env: environment,
    stdio: "pipe",
  });
  const [tarball = ""] = readdirSync(application).filter((name) => name.endsWith(".tgz"));
  execFileSync("tar", ["-xzf", join(application, tarball), "-C", installed, "--strip-components=1"]);
  files = readdirSync(installed, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map(({ name }) => name);
  writeFileSync(join(application, "package.json"), '{ "type": "module" }');
});
afterAll(() => rmSync(application, { recursive: true, force: true }));

describe("given the packed client", () => {
  let api: LoopbackServer;
  beforeAll(async () => {
    api = await loopbackServer((request, body, response) =>
      request.url?.endsWith("stripe-create-customer")
        ? answerJson(response, 200, { customerId: "cus_1", email: JSON.parse(body.toString()).email })
        : answerJson(response, 404, { code: "NOT_FOUND", detail: "No such price", retryable: false }),
    );
  });
  afterAll(() => api.close());

  it("it holds the module, its types, and what npm shows; no source", () => {
    const types = files.filter((file) => file.endsWith(".d.ts"));
    expect(types).toContain("index.d.ts");
    expect(files.filter((file) => !types.includes(file)).sort()).toEqual(
      ["LICENSE", "README.md", "package.json", "index.js"].sort(),
    );
  });

  it("a program in plain JavaScript calls the API with it", async () => {
    const program = join(application, "program.js");
    writeFileSync(
      program,
      `import { ApiError, Client } from "${PACKAGE}";
       const client = new Client({ baseUrl: ${JSON.stringify(api.url)}, apiKey: "key" });
       const customer = await client.call("stripe-create-customer", { email: "ada@example.com" });
       const error = await client.call("stripe-get-customer", { customerId: "cus_2" }).catch((thrown) => thrown);
       console.log(JSON.stringify({ customer, isApiError: error instanceof ApiError, code: error.code }));`,
    );
    const { stdout } = await promisify(execFile)(process.execPath, [program]);
    expect(JSON.parse(stdout)).toEqual({
      customer: { customerId: "cus_1", email: "ada@example.com" },
      isApiError: true,
      code: "NOT_FOUND",
    });
  });
});

const RIGHT: readonly string[] = [
  'const { customerId } = await client.call("stripe-create-customer", { email: "ada@example.com", metadata: { plan: "pro" } }, { idempotencyKey: "order-1" }); customerId.startsWith("cus_");',
  'for await (const price of client.list("stripe-list-prices", { limit: 10 })) { const id: string = price.priceId; void id; }',
  'const run = await client.start("process-payment", { customerEmail: "a@example.com", customerName: "Ada", amount: 4200 }); const ended = await client.waitForRun(run); for (const step of ended.steps ?? []) void step.status;',
  'new Client({ baseUrl: "https://api.example.com", apiKey: async () => "token", attempts: 2, fetch: globalThis.fetch });',
  'try { await client.call("stripe-get-customer", { customerId: "cus_1" }, { signal: AbortSignal.timeout(1000) }); } catch (error) { if (error instanceof ApiError && error.code === "NOT_FOUND") error.issuesOf("customerId").length; }',
  'for await (const { eventType } of client.audit({ object: "pi_1" })) eventType.length; for await (const { status } of client.runs("process-payment", { status: "failed" })) status.length;',
];

/** What is wrong, a program, the text that the error is at, and the compiler's code. */
const WRONG: readonly (readonly [string, string, string, string])[] = [
  [
    "a misspelled field",
    'await client.call("stripe-create-customer", { emial: "ada@example.com" });',
    "emial",
    "TS2561",
  ],
  [
    "a field that the inputs do not have",
    'await client.call("stripe-create-customer", { email: "a@example.com", shoeSize: 42 });',
    "shoeSize",
    "TS2353",
  ],
  ["a required input that is missing", 'await client.call("stripe-refund-payment", {});', "{}", "TS2741"],
  [
    "an input of a wrong type",
    'await client.call("stripe-charge-saved-card", { customerId: "cus_1", amount: "42" });',
    "amount",
    "TS2322",
  ],
  [
    "a value that is none of the possible ones",
    'await client.call("stripe-cancel-subscription", { subscriptionId: "sub_1", when: "tomorrow" });',
    "when",
    "TS2322",
  ],
  ["an unknown capability", 'await client.call("stripe-make-coffee", {});', '"stripe-make-coffee"', "TS2345"],
  [
    "a field that the outputs do not have",
    'const created = await client.call("stripe-create-customer", { email: "a@example.com" }); created.customerID;',
    "customerID",
    "TS2551",
  ],
  [
    "a list of what is not a list",
    'for await (const item of client.list("stripe-create-customer", { email: "a@example.com" })) void item;',
    '"stripe-create-customer"',
    "TS2345",
  ],
  [
    "a field that the items of a list do not have",
    'for await (const price of client.list("stripe-list-prices", {})) price.cost;',
    "cost",
    "TS2339",
  ],
  ["an unknown workflow", 'await client.start("process-refund", {});', '"process-refund"', "TS2345"],
  [
    "a misspelled input of a workflow",
    'await client.start("process-payment", { customerEmail: "a@example.com", customerNam: "Ada", amount: 1 });',
    "customerNam",
    "TS2561",
  ],
  [
    "a status that runs do not have",
    'for await (const run of client.runs("process-payment", { status: "done" })) void run;',
    "status",
    "TS2322",
  ],
  [
    "a code that problems do not have",
    'const error = new ApiError("", {}); if (error.code === "NOT_FUND") throw error;',
    "error.code",
    "TS2367",
  ],
  [
    "an Idempotency-Key for a list",
    'client.list("stripe-list-prices", {}, { idempotencyKey: "list-1" });',
    "idempotencyKey",
    "TS2353",
  ],
  ["a client without an address", 'new Client({ apiKey: "key" });', "{ apiKey", "TS2741"],
];

const PRELUDE = `import { ApiError, Client } from "${PACKAGE}"; void ApiError; declare const client: Client; void client;\n`;

describe("given programs that use the client", () => {
  const places: string[] = [];

  beforeAll(async () => {
    const write = (name: string, program: string) =>
      writeFileSync(join(application, name), `${PRELUDE}${program}\n`);
    for (const [index, program] of RIGHT.entries()) write(`right-${index}.ts`, program);
    for (const [index, [, program]] of WRONG.entries()) write(`wrong-${index}.ts`, program);
    for (const file of ["client/README.md", "docs/client.md"])
      for (const [index, example] of examplesIn(file).entries())
        writeFileSync(join(application, `${file.replaceAll("/", "-")}-${index}.ts`), example);
    writeFileSync(
      join(application, "tsconfig.json"),
      JSON.stringify({
        compilerOptions: {
          ...{ target: "es2022", lib: ["es2022", "dom", "dom.asynciterable"], types: [], strict: true },
          ...{ module: "nodenext", moduleDetection: "force", noEmit: true, skipLibCheck: false },
          ...{ exactOptionalPropertyTypes: true, noUncheckedIndexedAccess: true },
        },
        include: ["*.ts"],
      }),
    );
    const { stdout } = await promisify(execFile)("tsc", [
      "--pretty",
      "false",
      "--project",
      application,
    ]).catch((failed: { stdout: string }) => failed);
    for (const line of stdout.split("\n")) {
      const [, path = "", row = "", column = "", code = ""] =
        /^(\S+)\((\d+),(\d+)\): error (TS\d+)/.exec(line) ?? [];
      if (path === "") continue;
      const name = path.replace(/^.*\//, "");
      const text = readFileSync(join(application, name), "utf8").split("\n")[Number(row) - 1] ?? "";
      places.push(`${name} ${code} at ${text.slice(Number(column) - 1)}`);
    }
  });

  it.each(WRONG.map((row, index) => [...row, index] as const))(
    "%s does not compile, and the error is at its place",
    (_, _program, at, code, index) => {
      const found = places.filter((place) => place.startsWith(`wrong-${index}.ts `));
      expect(found).toEqual([expect.stringContaining(`wrong-${index}.ts ${code} at ${at}`)]);
    },
  );

  it("the right ones compile, and so do the examples of the docs", () => {
    expect(places.filter((place) => !place.startsWith("wrong-"))).toEqual([]);
    expect(examplesIn("client/README.md").length).toBeGreaterThanOrEqual(3);
    expect(examplesIn("docs/client.md").length).toBeGreaterThanOrEqual(2);
  });
});

function examplesIn(file: string): readonly string[] {
  return blocksIn(file).flatMap(({ language, text }) => (language === "ts" ? [text] : []));
}
