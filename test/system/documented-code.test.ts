/** The TypeScript of the documentation compiles, and does what the page says. */
import { execFile } from "node:child_process";
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { promisify } from "node:util";
import { afterAll, beforeAll, describe, expect, it, jest } from "@jest/globals";
import { Client } from "../../client/index.ts";
import { Problem } from "../../lib/errors.ts";
import * as given from "../steps/given.ts";
import { givenStripeEmulator } from "../steps/given-stripe-emulator.ts";

// json-schema-to-typescript loads it, and does not use it with `format: false`; Jest cannot load its ES modules.
// Modules that use it are imported after this line runs.
jest.mock("prettier", () => ({}));

let folder: string;
let mistakes: readonly string[];
beforeAll(async () => {
  mkdirSync(".local/test", { recursive: true });
  folder = mkdtempSync(join(process.cwd(), ".local/test/documented-code-"));
  const { mistakesOfBlocks } = await import("../steps/compiled-blocks.ts");
  mistakes = await mistakesOfBlocks(folder);
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

/** Runs the file in a process of its own, and returns what it prints. */
async function outputOf(path: string): Promise<string> {
  const { stdout } = await promisify(execFile)(process.execPath, [path], {
    cwd: folder,
    env: { ...process.env, NODE_OPTIONS: "" },
  });
  return stdout;
}

/** What each module of the docs exports, as far as these tests use it. */
const loaded = (path: string) => import(join(folder, path));

describe("given the TypeScript and the AWS commands of the documentation", () => {
  it("all of it compiles, as a part of this project or beside it", () => {
    expect(mistakes).toEqual([]);
  });
});

describe("given CONTRIBUTING.md", () => {
  given.capturedLog();

  it("the operation of the new capability raises the amount that a payment has reserved", async () => {
    const { emulator, stripe } = await givenStripeEmulator();
    Object.assign(process.env, {
      STRIPE_API_BASE: emulator.url,
      STRIPE_SECRET_KEY: "sk_test_local",
      STAGE: "dev",
    });
    const { id } = await stripe.paymentIntents.create({
      ...{ amount: 4200, currency: "usd", capture_method: "manual", confirm: true },
      payment_method: "pm_card_visa",
      automatic_payment_methods: { enabled: true, allow_redirects: "never" },
      payment_method_options: { card: { request_incremental_authorization: "if_available" } },
    });
    const { incrementAuthorization } = await loaded("functions/stripe-increment-authorization/operation.ts");
    const context = {
      ...{ requestId: "r-1", now: () => new Date(), deadline: Date.now() + 20_000 },
      ...{ principal: { id: "shop", roles: ["checkout"] }, idempotencyKey: "key-1" },
      noteVendorRequest: () => undefined,
    };
    expect(await incrementAuthorization({ paymentIntentId: id, amount: 5000 }, context)).toEqual({
      paymentIntentId: id,
      amount: 5000,
    });
  });

  it("the handler of a new queue is a function of Lambda", async () => {
    expect((await loaded("functions/on-payout-event/handler.ts")).handler).toBeInstanceOf(Function);
  });
});

it("docs/languages.md writes a button in the payer's language", async () => {
  const { payButton } = await loaded("functions/pay-page/pay-button.ts");
  expect([payButton(["de-AT", "en"]), payButton(["xx"])]).toEqual([
    expect.stringMatching(/^€\s42,00 bezahlen$/),
    "Pay €42.00",
  ]);
});

describe("given the examples of the client", () => {
  const clientThatGets = (answers: Readonly<Record<string, Response>>) =>
    new Client({
      baseUrl: "https://api.example.com",
      apiKey: "key",
      fetch: async (url) => answers[new URL(`${url}`).pathname]?.clone() ?? Response.error(),
    });

  it("the refund of client/README.md tells what was refunded, or what is wrong", async () => {
    const { refund } = await loaded("pages/client-README.md/refund.ts");
    const path = "/api/capabilities/stripe-refund-payment";
    const refunded = clientThatGets({ [path]: Response.json({ refundId: "re_1" }) });
    expect(await refund(refunded, "pi_1", "order-1")).toBe("Refunded: re_1");
    const refused = (code: "VALIDATION_FAILED" | "NOT_FOUND") => {
      const issues = [{ path: "paymentIntentId", message: "must be yours" }];
      const problem = new Problem(code, "No such payment", { issues }).toDocument({ requestId: "r-1" });
      return clientThatGets({ [path]: Response.json(problem, { status: problem.status }) });
    };
    expect(await refund(refused("VALIDATION_FAILED"), "pi_1", "order-1")).toBe("must be yours");
    expect(await refund(refused("NOT_FOUND"), "pi_1", "order-1")).toBe("No such payment (404, request r-1)");
  });

  it("the report of client/README.md reads prices, a run and the audit log", async () => {
    const { report } = await loaded("pages/client-README.md/report.ts");
    const run = { workflowId: "process-payment", runId: "run-1", status: "failed", error: { message: "No" } };
    const printed = jest.spyOn(console, "log").mockImplementation(() => undefined);
    await report(
      clientThatGets({
        "/api/capabilities/stripe-list-prices": Response.json({ items: [{ priceId: "price_1" }] }),
        "/api/workflows/process-payment/runs": Response.json(run),
        "/api/workflows/process-payment/runs/run-1": Response.json(run),
        "/api/audit": Response.json({ entries: [{ timestamp: "2026-11-27", eventType: "a" }] }),
      }),
    );
    const lines = printed.mock.calls;
    printed.mockRestore();
    expect(lines).toEqual([["price_1"], ["failed", "No"], ["2026-11-27", "a"]]);
  });

  it("the clients of docs/client.md are made, and the one for tests rejects without a wait", async () => {
    expect((await loaded("pages/docs-client.md/local.ts")).local).toBeInstanceOf(Client);
    const { unavailable } = await loaded("pages/docs-client.md/unavailable.ts");
    const error = await unavailable.call("stripe-list-prices", {}).catch((thrown: unknown) => thrown);
    expect(error).toMatchObject({ name: "ApiError", code: "SERVICE_UNAVAILABLE" });
  });
});

describe("given stripe-emulator/README.md", () => {
  const PAGE = "pages/stripe-emulator-README.md";

  it("a test of another project starts the emulator, and stops it", async () => {
    expect(await outputOf(`${PAGE}/start-emulator.ts`)).toBe("");
  });

  it("Stripe's SDK calls it", async () => {
    const { emulator } = await givenStripeEmulator();
    const file = join(folder, PAGE, "call-emulator.ts");
    writeFileSync(file, readFileSync(file, "utf8").replace("12111", `${emulator.port}`));
    expect(await outputOf(file)).toMatch(/^cus_\w+\n$/);
  });
});
