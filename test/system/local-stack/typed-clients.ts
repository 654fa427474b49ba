/**
 * The same calls with the client in client/, and with one that an independent generator makes from docs/openapi.json. What the second
 * one cannot do or does not compile is missing or wrong in the document.
 */
import { execFile } from "node:child_process";
import { randomUUID } from "node:crypto";
import { join } from "node:path";
import { promisify } from "node:util";
import { beforeAll, describe, expect, it } from "@jest/globals";
import { ApiError, Client } from "../../../client/index.ts";
import { LOCAL_API_KEY } from "../../../local/settings.ts";
import type { ClientCalls } from "./client-calls.ts";
import { urls } from "./shared-stack.ts";

const FOLDER = "test/system/second-client";

function callsOfOurClient(baseUrl: string, apiKey: string): ClientCalls {
  const client = new Client({ baseUrl, apiKey });
  return {
    async createCustomer(email) {
      return (await client.call("stripe-create-customer", { email })).customerId;
    },
    async createPayment(customerId, amount, idempotencyKey) {
      const inputs = { customerId, amount };
      return (await client.call("stripe-create-payment-intent", inputs, { idempotencyKey })).paymentIntentId;
    },
    async refusalOf(amount) {
      try {
        await client.call("stripe-create-payment-intent", { amount });
        return undefined;
      } catch (error) {
        if (!(error instanceof ApiError) || error.code === undefined) throw error;
        const { status, code, problem } = error;
        return { status, code, paths: (problem?.issues ?? []).map(({ path }) => path) };
      }
    },
    async payments(customerId) {
      const ids: string[] = [];
      for await (const { paymentIntentId } of client.list("stripe-list-payments", { customerId, limit: 2 }))
        ids.push(paymentIntentId);
      return ids;
    },
    async runPayment(payer, idempotencyKey) {
      const started = await client.start("process-payment", payer, { idempotencyKey });
      const { runId, status, steps } = await client.waitForRun(started, { timeoutMs: 60_000 });
      const completed = steps.filter((step) => step.status === "completed");
      return { runId, status, completedSteps: completed.map(({ id }) => id) };
    },
  };
}

/** Generates and compiles the second client. */
async function callsOfSecondClient(baseUrl: string, apiKey: string): Promise<ClientCalls> {
  const run = promisify(execFile);
  const output = ["--output", FOLDER, "--name", "api.ts", "--silent"];
  await run("swagger-typescript-api", ["generate", "--path", "docs/openapi.json", ...output]);
  await run("tsc", ["--noEmit", "--project", FOLDER]);
  const made = await import(join(process.cwd(), FOLDER, "calls.ts"));
  return made.callsOfSecondClient(baseUrl, apiKey);
}

describe.each([
  ["the client in client/", callsOfOurClient],
  ["the client that swagger-typescript-api makes from docs/openapi.json", callsOfSecondClient],
] as const)("given %s", (_, callsOf) => {
  let calls: ClientCalls;
  beforeAll(async () => {
    calls = await callsOf(urls().api, LOCAL_API_KEY);
  });

  it("a call that is repeated with its key is done once", async () => {
    const customerId = await calls.createCustomer(`${randomUUID()}@example.com`);
    const key = randomUUID();
    const payment = await calls.createPayment(customerId, 4200, key);
    expect(await calls.createPayment(customerId, 4200, key)).toBe(payment);
    expect(await calls.payments(customerId)).toEqual([payment]);
  });

  it("a wrong input is refused, and the problem names the field", async () => {
    expect(await calls.refusalOf(-1)).toEqual({ status: 422, code: "VALIDATION_FAILED", paths: ["amount"] });
  });

  it("a list is read to its end, page by page", async () => {
    const customerId = await calls.createCustomer(`${randomUUID()}@example.com`);
    const created: string[] = [];
    for (const amount of [1000, 2000, 3000, 4000, 5000])
      created.push(await calls.createPayment(customerId, amount, randomUUID()));
    expect([...(await calls.payments(customerId))].sort()).toEqual(created.sort());
  });

  it("a workflow runs to its end, and the same key leads to the same run", async () => {
    const payer = { customerEmail: "alan@example.com", customerName: "Alan Turing", amount: 4200 };
    const key = randomUUID();
    const run = await calls.runPayment(payer, key);
    expect(run).toMatchObject({
      status: "completed",
      completedSteps: ["create-customer", "create-payment-intent", "send-payment-link"],
    });
    expect(await calls.runPayment(payer, key)).toEqual(run);
  });
});
