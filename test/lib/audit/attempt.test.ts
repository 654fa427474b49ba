import { beforeEach, describe, expect, it } from "@jest/globals";
import fc from "fast-check";
import { beginAttempt, recordAttempt } from "../../../lib/audit/attempt.ts";
import type { AuditBeginning, AuditEnding } from "../../../lib/audit/audit-entry.ts";
import { redact } from "../../../lib/audit/redact.ts";
import { lifetimeOf } from "../../../lib/audit/retention.ts";
import { dayPartition, headPartition, objectPartition, SHARDS } from "../../../lib/audit/stored-entry.ts";
import { deleteItem, type Item, queryItems } from "../../../lib/aws/dynamodb.ts";
import { auditableFields } from "../../../lib/compiler/contract/auditable-fields.ts";
import { waitFor } from "../../../local/stack-client.ts";
import { tries } from "../../steps/effort.ts";
import type { FaultKind } from "../../steps/failing-dynamodb.ts";
import * as given from "../../steps/given.ts";
import { withFailingDynamoDb } from "../../steps/with-failing-dynamodb.ts";

const dynamodb = withFailingDynamoDb();
const log = given.capturedLog();
beforeEach(() => nextDay());

const SECRETS = ["a secret"];
/** Each test has its own day. */
let today = Date.parse("2026-11-25T12:00:00Z");
const nextDay = () => {
  today += 24 * 60 * 60 * 1000;
};
const day = () => new Date(today).toISOString().slice(0, 10);

/** Text that only the request that writes an entry contains. */
const ENTRY = '"partition":{"S":"day#';

const aBeginning = (changes: Partial<AuditBeginning> = {}): AuditBeginning => ({
  eventType: "capability.invoked",
  actor: { id: "shop", roles: ["checkout"], ipAddress: "192.0.2.1" },
  resource: { type: "capability", id: "stripe-create-payment-intent", version: "1.0.0" },
  action: "invoke",
  requestId: "request-1",
  startedAt: new Date(today),
  deadline: today + 25_000,
  inputs: { amount: 4200, customerId: "cus_1" },
  ...changes,
});
const succeeded: AuditEnding = {
  result: "succeeded",
  durationMs: 312,
  policyDecision: { decision: "PERMIT", ruleId: "checkout-may-charge", reason: "The role checkout" },
  stripeRequestId: "req_1",
  outputs: { paymentIntentId: "pi_1", clientSecret: "[redacted]" },
};
const begin = (changes?: Partial<AuditBeginning>) => beginAttempt(aBeginning(changes), SECRETS);

async function itemsIn(partition: string): Promise<Item[]> {
  const { items } = await queryItems("AuditLogTable", {
    key: {
      expression: "#partition = :partition",
      names: { "#partition": "partition" },
      values: { ":partition": partition },
    },
  });
  return items;
}
const entries = async () =>
  (
    await Promise.all(Array.from({ length: SHARDS }, (_, shard) => itemsIn(dayPartition(day(), shard))))
  ).flat();
const onlyEntry = async () => {
  const [entry, ...others] = await entries();
  if (entry === undefined || others.length > 0) throw new Error("Not exactly one entry was found");
  return entry;
};
const linked = async (objectId: string) =>
  (await itemsIn(objectPartition(objectId))).filter(({ sort }) => String(sort).startsWith(day()));
const heads = () => itemsIn(headPartition(day()));

describe("given an attempt", () => {
  it("its entry exists, pending, before it can have an effect, and is found by the objects in its inputs", async () => {
    const attempt = await begin({ objects: ["run-1"] });
    const entry = await onlyEntry();
    expect(entry).toMatchObject({
      timestamp: new Date(today).toISOString(),
      eventId: attempt.mark.auditEventId,
      eventType: "capability.invoked",
      actor: { id: "shop", roles: ["checkout"], ipAddress: "192.0.2.1" },
      resource: { type: "capability", id: "stripe-create-payment-intent", version: "1.0.0" },
      action: "invoke",
      requestId: "request-1",
      inputs: '{"amount":4200,"customerId":"cus_1"}',
      objects: ["run-1", "cus_1"],
      sequence: expect.any(Number),
      digest: attempt.mark.auditDigest,
    });
    expect(entry).not.toHaveProperty("ending");
    for (const id of ["run-1", "cus_1"]) {
      expect(await linked(id)).toEqual([
        {
          partition: `object#${id}`,
          sort: entry.sort,
          entry: entry.partition,
          expiresAt: entry.keptUntil,
          writer: entry.writer,
          sequence: entry.sequence,
          keyId: entry.keyId,
          digest: expect.any(String),
        },
      ]);
    }
  });

  it("its ending is stored when it has ended, and it is found by the objects in its outputs", async () => {
    const attempt = await begin();
    await attempt.end({ ...succeeded, objects: ["in_of_elsewhere"] });
    const entry = await onlyEntry();
    expect(entry.ending).toEqual({
      result: "succeeded",
      durationMs: 312,
      policyDecision: succeeded.policyDecision,
      stripeRequestId: "req_1",
      outputs: '{"paymentIntentId":"pi_1","clientSecret":"[redacted]"}',
      objects: ["in_of_elsewhere", "pi_1"],
      revision: 1,
    });
    expect(await linked("pi_1")).toMatchObject([{ sort: entry.sort, entry: entry.partition }]);
    expect(await linked("in_of_elsewhere")).toHaveLength(1);
  });

  it("its ending can be corrected, and the objects of the first ending stay in the entry", async () => {
    const attempt = await begin();
    await attempt.end(succeeded);
    await attempt.end({ result: "failed", durationMs: 400, code: "SERVICE_UNAVAILABLE" });
    expect((await onlyEntry()).ending).toEqual({
      result: "failed",
      durationMs: 400,
      code: "SERVICE_UNAVAILABLE",
      objects: ["pi_1"],
      revision: 2,
    });
  });

  it("of two concurrent endings the later one wins", async () => {
    const attempt = await begin();
    await Promise.all([attempt.end(succeeded), attempt.end({ result: "failed", durationMs: 1 })]);
    expect((await onlyEntry()).ending).toMatchObject({ result: "failed", revision: 2 });
  });

  it("the head names the last entry of the writer's chain, and contains its ending", async () => {
    const attempt = await begin();
    await attempt.end(succeeded);
    const { ending, endDigest } = await onlyEntry();
    expect(await heads()).toMatchObject([
      {
        sort: attempt.mark.auditWriter,
        sequence: 1,
        last: attempt.mark.auditDigest,
        closed: [],
        held: [{ sequence: 1, ending, digest: endDigest }],
      },
    ]);
  });

  it("a correction is named by the head, which is stored after it", async () => {
    const attempt = await begin();
    await attempt.end(succeeded);
    await attempt.end({ result: "failed", durationMs: 400 });
    const { endDigest } = await onlyEntry();
    const [head] = await heads();
    expect(head).toMatchObject({ closed: [{ sequence: 1, revision: 2, digest: endDigest }] });
    expect(head).not.toHaveProperty("held");
  });

  it("one that takes longer than a second has a head that names its entry before it ends", async () => {
    await begin();
    const [head] = await heads();
    expect(head).toMatchObject({ sequence: 0 });
    await waitFor("the head", async () => (await heads()).find(({ sequence }) => sequence === 1));
  });

  it.each([
    ["the ending", "UpdateItem", '"partition":{"S":"day#'],
    ["the head", "PutItem", '"S":"heads#'],
  ])(
    "while %s is on its way, the other one is stored, and the attempt has not ended",
    async (what, operation, about) => {
      await recordAttempt(aBeginning(), { result: "denied", durationMs: 1 }, SECRETS);
      const attempt = await begin();
      dynamodb.fail({ kind: "held", operation, about });
      let hasEnded = false;
      const ending = attempt.end(succeeded).then(() => {
        hasEnded = true;
      });
      await waitFor("the other one", async () => {
        const entry = (await entries()).find(({ eventId }) => eventId === attempt.mark.auditEventId);
        return what === "the head" ? entry?.ending : (await heads())[0]?.held;
      });
      expect(hasEnded).toBe(false);
      await dynamodb.letGo();
      await ending;
    },
  );

  it("it has one head, its own", async () => {
    await recordAttempt(aBeginning(), { result: "denied", durationMs: 1 }, SECRETS);
    dynamodb.reset();
    await (await begin()).end(succeeded);
    expect(dynamodb.requests.filter(({ body }) => body.includes('"S":"heads#'))).toHaveLength(1);
  });

  it("the next entry follows it in the same chain and names its ending", async () => {
    const first = await begin();
    await first.end(succeeded);
    const second = await begin();
    const stored = (await entries()).find(({ eventId }) => eventId === second.mark.auditEventId);
    expect(second.mark).toMatchObject({ auditWriter: first.mark.auditWriter, auditSequence: 2 });
    expect(stored).toMatchObject({
      previous: first.mark.auditDigest,
      closed: [{ sequence: 1, revision: 1 }],
    });
  });

  it("it leaves the table together with its whole day, and its links when the log no longer keeps it", async () => {
    await begin();
    nextDay();
    const midnight = Date.parse(`${day()}T00:00:00Z`) / 1000;
    today -= 24 * 60 * 60 * 1000;
    const dayS = 24 * 60 * 60;
    const lifetime = { expiresAt: midnight + 120 * dayS, keptUntil: midnight + 400 * dayS };
    expect(await onlyEntry()).toMatchObject(lifetime);
    expect(await heads()).toMatchObject([lifetime]);
    expect(await linked("cus_1")).toMatchObject([{ expiresAt: lifetime.keptUntil }]);
  });

  it.each([
    ["the archive is off", { AUDIT_ARCHIVE: "off" }, 400],
    ["the log is kept for no longer than that", { AUDIT_RETENTION_DAYS: "120" }, 120],
  ])("it leaves the table when the log no longer keeps it if %s", (_case, environment, days) => {
    const before = { ...process.env };
    Object.assign(process.env, environment);
    try {
      const end = Date.parse("2026-11-26T00:00:00Z") / 1000 + days * 24 * 60 * 60;
      expect(lifetimeOf("2026-11-25")).toEqual({ expiresAt: end });
    } finally {
      Object.assign(process.env, before);
    }
  });

  it("an entry of another day begins another chain", async () => {
    const first = await begin();
    nextDay();
    const second = await begin();
    expect(second.mark).toMatchObject({ auditSequence: 1 });
    expect(second.mark.auditWriter).not.toBe(first.mark.auditWriter);
  });

  it("a payload that is too large for an item is left out, and half a character does not break its digest", async () => {
    await begin({ inputs: { many: "x".repeat(40_000) }, actor: { id: "half \ud83d", roles: [] } });
    expect(await onlyEntry()).toMatchObject({ inputs: '"[too large]"', actor: { id: "half \ufffd" } });
  });
});

describe("given any payload", () => {
  const contract = auditableFields({
    customerId: { type: "string" },
    email: { type: "string" },
    metadata: { type: "object" },
  });
  const canary = fc.nat().map((n) => `canary${n}`);
  const payload = fc.dictionary(
    fc.oneof(fc.constantFrom("customerId", "email", "metadata"), canary),
    fc.oneof(canary, fc.array(canary), fc.dictionary(canary, canary)),
  );

  it("only values that the contract allows to be audited reach DynamoDB", async () => {
    await fc.assert(
      fc.asyncProperty(payload, payload, async (inputs, outputs) => {
        dynamodb.reset();
        const attempt = await begin({ inputs: redact(inputs, contract) });
        await attempt.end({ ...succeeded, outputs: redact(outputs, contract) });
        const sent = dynamodb.requests.map(({ body }) => body).join();
        const kept = [inputs.customerId, outputs.customerId];
        expect((sent.match(/canary\d+/g) ?? []).filter((text) => !kept.includes(text))).toEqual([]);
        for (const text of kept.filter((text) => typeof text === "string")) expect(sent).toContain(text);
      }),
      { numRuns: tries({ sample: 3, whole: 50 }) },
    );
  });

  it("a card number or an address in the path is not kept", async () => {
    const resource = { type: "workflow", id: "4242 4242 4242 4242 of ada@example.com" } as const;
    await begin({ resource });
    expect(await onlyEntry()).toMatchObject({ resource: { type: "workflow", id: "[text]" } });
  });
});

describe("given an attempt that ends before any effect", () => {
  it("one write stores its beginning and its ending", async () => {
    await recordAttempt(
      aBeginning({ inputs: {} }),
      { result: "denied", durationMs: 2, code: "FORBIDDEN" },
      SECRETS,
    );
    expect(dynamodb.requests.filter(({ body }) => body.includes(ENTRY))).toHaveLength(1);
    expect(await onlyEntry()).toMatchObject({ ending: { result: "denied", code: "FORBIDDEN", revision: 1 } });
  });
});

describe("given many concurrent attempts", () => {
  it("no chain has a hole or two entries in one place", async () => {
    const length = tries({ sample: 20, whole: 50 });
    const attempts = await Promise.all(Array.from({ length }, () => begin()));
    await Promise.all(attempts.map((attempt) => attempt.end(succeeded)));
    const chains = Map.groupBy(await entries(), ({ writer }) => writer);
    for (const chain of chains.values()) {
      expect(chain.map(({ sequence }) => sequence).sort((a, b) => Number(a) - Number(b))).toEqual(
        chain.map((_, index) => index + 1),
      );
    }
    expect([...chains.values()].flat()).toHaveLength(length);
    expect(await heads()).toHaveLength(chains.size);
  });
});

describe("given that DynamoDB fails", () => {
  const FAILURES: readonly FaultKind[] = ["throttle", "internal", "reset-before", "reset-after"];
  const unavailable = { code: "SERVICE_UNAVAILABLE", retryable: true };

  it.each(FAILURES)(
    "%s: an attempt does not begin without its entry, and its writer is not used again",
    async (kind) => {
      const before = await begin();
      dynamodb.fail({ kind, operation: "PutItem", about: ENTRY, times: 3 });
      await expect(begin()).rejects.toMatchObject(unavailable);
      const after = await begin();
      expect(after.mark).toMatchObject({ auditSequence: 1 });
      expect(after.mark.auditWriter).not.toBe(before.mark.auditWriter);
    },
  );

  it.each(FAILURES)("%s: an attempt does not begin without its links", async (kind) => {
    dynamodb.fail({ kind, operation: "PutItem", about: "object#cus_1", times: 3 });
    await expect(begin()).rejects.toMatchObject(unavailable);
  });

  it.each(FAILURES)("%s: an attempt does not end without its ending", async (kind) => {
    const attempt = await begin();
    dynamodb.fail({ kind, operation: "UpdateItem", times: 3 });
    await expect(attempt.end(succeeded)).rejects.toMatchObject(unavailable);
    await attempt.end({ result: "failed", durationMs: 500, code: "SERVICE_UNAVAILABLE" });
    expect((await onlyEntry()).ending).toMatchObject({ result: "failed", objects: ["pi_1"] });
  });

  it("an ending that was not stored is in no head either", async () => {
    const attempt = await begin();
    dynamodb.fail({ kind: "internal", operation: "UpdateItem", times: 3 });
    await expect(attempt.end(succeeded)).rejects.toMatchObject(unavailable);
    const [head] = await heads();
    expect(head).toMatchObject({ sequence: 1, closed: [] });
    expect(head).not.toHaveProperty("held");
  });

  it.each(FAILURES)(
    "%s: an attempt does not end without the links to the objects that it made",
    async (kind) => {
      const attempt = await begin();
      dynamodb.fail({ kind, operation: "PutItem", about: "object#pi_1", times: 3 });
      await expect(attempt.end(succeeded)).rejects.toMatchObject(unavailable);
    },
  );

  it.each(FAILURES)("%s: a refusal is not returned without its entry", async (kind) => {
    dynamodb.fail({ kind, operation: "PutItem", about: ENTRY, times: 3 });
    await expect(
      recordAttempt(aBeginning(), { result: "denied", durationMs: 1 }, SECRETS),
    ).rejects.toMatchObject(unavailable);
  });

  it.each(FAILURES)(
    "%s once: the request is sent again, and one entry with one ending is stored",
    async (kind) => {
      dynamodb.fail({ kind, operation: "PutItem", about: ENTRY });
      const attempt = await begin();
      dynamodb.fail({ kind, operation: "UpdateItem" });
      await attempt.end(succeeded);
      expect(await onlyEntry()).toMatchObject({ ending: { result: "succeeded", revision: 1 } });
    },
  );

  it("a beginning that arrives a second time, too late, does not undo the ending", async () => {
    dynamodb.fail({ kind: "late", operation: "PutItem", about: ENTRY });
    const attempt = await begin();
    await attempt.end(succeeded);
    await dynamodb.deliverLate();
    expect(await onlyEntry()).toMatchObject({ ending: { result: "succeeded" } });
  });

  it("an abandoned ending that arrives late does not undo its correction", async () => {
    const attempt = await begin();
    dynamodb.fail({ kind: "late", operation: "UpdateItem", times: 3 });
    await expect(attempt.end(succeeded)).rejects.toMatchObject(unavailable);
    await attempt.end({ result: "failed", durationMs: 500 });
    await dynamodb.deliverLate();
    expect(await onlyEntry()).toMatchObject({ ending: { result: "failed", revision: 2 } });
  });

  it("a head that arrives late does not undo a newer one", async () => {
    await recordAttempt(aBeginning(), { result: "denied", durationMs: 1 }, SECRETS);
    dynamodb.fail({ kind: "late", operation: "PutItem", about: "heads#", times: 3 });
    const attempt = await begin();
    await attempt.end(succeeded);
    await dynamodb.deliverLate();
    expect(await heads()).toMatchObject([{ sequence: 2, held: [{ sequence: 2 }], version: 3 }]);
  });

  it("a first head that cannot be written refuses the attempt, before anything else is stored", async () => {
    dynamodb.fail({ kind: "internal", operation: "PutItem", about: "heads#", times: 3 });
    await expect(begin()).rejects.toMatchObject(unavailable);
    expect(await entries()).toEqual([]);
  });

  it("a later head that cannot be written causes only a warning", async () => {
    await recordAttempt(aBeginning(), { result: "denied", durationMs: 1 }, SECRETS);
    dynamodb.fail({ kind: "internal", operation: "PutItem", about: "heads#", times: 100 });
    const attempt = await begin();
    await attempt.end(succeeded);
    expect(await heads()).toMatchObject([{ sequence: 1 }]);
    expect(log.text()).toContain("audit.head-not-written");
  });

  it("ending an entry that somebody has removed fails, so that the removal is noticed", async () => {
    const attempt = await begin();
    const { partition, sort } = await onlyEntry();
    await deleteItem("AuditLogTable", { partition, sort }, { expression: "attribute_exists(sort)" });
    await expect(attempt.end(succeeded)).rejects.toMatchObject(unavailable);
  });
});

describe("given no secret", () => {
  it("no attempt begins", async () => {
    await expect(beginAttempt(aBeginning(), [])).rejects.toMatchObject({ code: "SERVICE_UNAVAILABLE" });
  });
});
