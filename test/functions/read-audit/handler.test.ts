import { describe, expect, it } from "@jest/globals";
import { handler } from "../../../functions/read-audit/handler.ts";
import { recordAttempt } from "../../../lib/audit/attempt.ts";
import type { AuditEntry } from "../../../lib/audit/audit-entry.ts";
import { verifyDay } from "../../../lib/audit/verify-day.ts";
import { putItem, scanTable } from "../../../lib/aws/dynamodb.ts";
import { mistakesOf } from "../../steps/described-response.ts";
import * as given from "../../steps/given.ts";
import * as when from "../../steps/when.ts";
import { withFailingDynamoDb } from "../../steps/with-failing-dynamodb.ts";

const SECRETS = ["app-secret-of-the-tests"];
const dynamodb = withFailingDynamoDb();
const log = given.capturedLog();

async function get(
  query: Record<string, string> = {},
  authorizer?: given.HttpCall["authorizer"],
): Promise<{
  status: number;
  body: { entries: AuditEntry[]; next?: string; [name: string]: unknown };
}> {
  const response = await when.callsForJson(handler, { method: "GET", path: "/api/audit", query, authorizer });
  expect(mistakesOf("get", "/api/audit", response.status, response.body)).toEqual([]);
  return response;
}

/** Records `count` attempts of the past. */
async function happened(actor: string, count = 1): Promise<void> {
  for (let n = 0; n < count; n += 1) {
    await recordAttempt(
      {
        eventType: "capability.invoked",
        actor: { id: actor, roles: ["checkout"] },
        resource: { type: "capability", id: "stripe-create-payment-intent" },
        action: "invoke",
        requestId: "request",
        startedAt: new Date(Date.now() - 1_000 - n),
        deadline: Date.now(),
        inputs: { customerId: "cus_7" },
      },
      { result: "denied", durationMs: 1, code: "FORBIDDEN" },
      SECRETS,
    );
  }
}

describe("given a principal who may read the audit log", () => {
  it("the newest entries come first, page by page", async () => {
    await happened("pages", 5);
    const first = await get({ actor: "pages", limit: "3" });
    expect(first).toMatchObject({ status: 200, body: { next: expect.any(String) } });
    const second = await get({ actor: "pages", limit: "3", cursor: first.body.next ?? "" });
    const times = [...first.body.entries, ...second.body.entries].map(({ timestamp }) => timestamp);
    expect(times).toHaveLength(5);
    expect(times).toEqual([...times].sort().reverse());
  });

  it("an object's id finds the attempts that touched it", async () => {
    await happened("objects");
    const { body } = await get({ object: "cus_7", actor: "objects" });
    expect(body.entries).toMatchObject([{ actor: { id: "objects" }, objects: ["cus_7"] }]);
  });

  it("each read is recorded with its parameters, and does not count as touching the object", async () => {
    await get({ object: "cus_8", result: "failed" });
    const { body } = await get({ resource: "audit", limit: "1" });
    expect(body.entries).toMatchObject([
      {
        eventType: "audit.read",
        actor: { id: "tester", roles: ["admin"] },
        resource: { type: "audit", id: "audit" },
        action: "read",
        result: "succeeded",
        objects: [],
        metadata: { inputs: { object: "cus_8", result: "failed" }, outputs: { entries: 0 } },
        policyDecision: { decision: "PERMIT" },
      },
    ]);
    expect((await get({ object: "cus_8" })).body.entries).toEqual([]);
  });

  it.each<[Record<string, string>, string]>([
    [{ from: "yesterday" }, "query.from"],
    [{ limit: "1000" }, "query.limit"],
    [{ form: "2026-11-25" }, "query.form"],
    [{ cursor: "x" }, "query.cursor"],
  ])("%j is refused by name, and recorded", async (query, path) => {
    expect(await get(query)).toMatchObject({
      status: 422,
      body: { code: "VALIDATION_FAILED", issues: [{ path }] },
    });
    const { body } = await get({ resource: "audit", limit: "1" });
    expect(body.entries).toMatchObject([{ result: "failed", code: "VALIDATION_FAILED" }]);
  });

  it("the log still verifies after its reads have added entries", async () => {
    await Promise.all([get(), get({ limit: "x" }), get({ actor: "nobody" })]);
    const day = new Date().toISOString().slice(0, 10);
    const report = await verifyDay({ day, appSecrets: SECRETS, now: new Date() });
    expect(report).toMatchObject({ findings: [] });
    expect(report.entries).toBeGreaterThan(3);
  });

  // The last, because it damages the log.
  it("an entry that somebody has changed is left out, and counted for the alarm", async () => {
    await happened("mallory", 2);
    await get({ actor: "mallory" });
    expect(log.text()).not.toContain("AuditUnverified");
    const [item] = (await scanTable("AuditLogTable")).filter((one) =>
      JSON.stringify(one).includes("mallory"),
    );
    if (item === undefined) throw new Error("The entry is not in the table");
    await putItem("AuditLogTable", { ...item, result: "succeeded" });
    log.clear();
    const { body } = await get({ actor: "mallory" });
    expect(body).toMatchObject({ entries: [{ actor: { id: "mallory" } }], unverified: 1 });
    expect(log.lines()).toContainEqual(
      expect.objectContaining({ event: "audit.read", unverified: 1, AuditUnverified: 1 }),
    );
  });
});

describe("given a principal who may not read it", () => {
  it("the read is refused with 403, and the attempt is recorded", async () => {
    const answer = await get({ from: "x" }, { principalId: "curious", roles: '["checkout"]' });
    expect(answer).toMatchObject({ status: 403, body: { code: "FORBIDDEN" } });
    const { body } = await get({ actor: "curious" });
    expect(body.entries).toMatchObject([
      { eventType: "audit.read", result: "denied", code: "FORBIDDEN", policyDecision: { decision: "DENY" } },
    ]);
  });

  it("an unknown caller gets a 401", async () => {
    expect(await get({}, null)).toMatchObject({ status: 401 });
  });
});

describe("given that a read cannot be recorded", () => {
  it.each<[Record<string, string>, string]>([
    [{}, '["admin"]'],
    [{ limit: "x" }, '["admin"]'],
    [{}, "[]"],
  ])("%j by %s gets no entries", async (query, roles) => {
    dynamodb.fail({ kind: "internal", operation: "PutItem", times: 3 });
    expect(await get(query, { principalId: "tester", roles })).toMatchObject({
      status: 503,
      body: { code: "SERVICE_UNAVAILABLE", retryable: true },
    });
  });

  it("a read is refused if the log cannot be read", async () => {
    dynamodb.fail({ kind: "throttle", operation: "Query", times: 100 });
    expect(await get()).toMatchObject({ status: 503 });
  });
});
