/** What the search finds in the tables and in the log. */
import { randomUUID } from "node:crypto";
import { beforeEach, describe, expect, it } from "@jest/globals";
import { putItem } from "../../../lib/aws/dynamodb.ts";
import { recordState } from "../../../lib/events/projection.ts";
import { STRIPE_API_VERSION } from "../../../lib/stripe/api-version.ts";
import { writeRow } from "../../../lib/workflow/run-row.ts";
import type { Row } from "../../../local/logs/query.ts";
import { find } from "../../../scripts/find/look.ts";
import { readSearch } from "../../../scripts/find/read-search.ts";
import * as given from "../../steps/given.ts";

given.localAws();
given.capturedLog();
beforeEach(() => {
  process.env.APP_SECRET = "the-secret-of-these-tests";
});

const NOW = new Date("2026-11-27T12:00:00Z");
const newId = (prefix: string) => `${prefix}_${randomUUID().replaceAll("-", "")}`;
const record = (id: string, type: string, fields: object) =>
  recordState(
    {
      ...{ id: newId("evt"), type: `${type}.updated`, created: 1_795_478_400, livemode: false },
      ...{ apiVersion: STRIPE_API_VERSION, object: { id, object: type, status: "succeeded", ...fields } },
    },
    { read: async () => undefined, now: () => NOW },
  );
const search = (text: string, lines: readonly Row[] = []) =>
  find(readSearch(text), { now: NOW, log: async () => async () => lines });

describe("the search", () => {
  it("shows the page of the payment for a refund", async () => {
    const [payment, refund] = [newId("pi"), newId("re")];
    await record(refund, "refund", { amount: 500, currency: "usd", payment_intent: payment });
    expect((await search(refund)).rows).toEqual([
      {
        ...{ kind: "refund", id: refund, status: "succeeded", amount: "$5.00" },
        ...{ changedAt: NOW.toISOString(), page: `/console/objects/${payment}` },
      },
    ]);
  });

  it("finds an event in the inbox, and a recorded run", async () => {
    const [event, run] = [newId("evt"), `run-${randomUUID().replaceAll("-", "")}`];
    await putItem("StripeEventsTable", { eventId: event, type: "invoice.paid", state: "done" });
    await writeRow(
      {
        ...{ runId: run, workflowId: "process-payment", version: "1", owner: { id: "shop" }, execution: 1 },
        ...{ status: "running", startedAt: NOW.toISOString() },
      },
      NOW,
    );
    expect((await search(event)).rows).toMatchObject([
      { kind: "invoice.paid", status: "done", page: `/console/events/${event}` },
    ]);
    expect((await search(run)).rows).toMatchObject([
      { kind: "run of process-payment", status: "running", page: `/console/runs/${run}` },
    ]);
  });

  it("finds a request in the log, with the payment that it was about", async () => {
    const [payment, request] = [newId("pi"), newId("req")];
    await record(payment, "payment_intent", { amount: 4200, currency: "usd" });
    const line = {
      "@timestamp": "2026-11-27 11:00:00.123",
      capabilityId: "stripe-refund-payment",
      outcome: "succeeded",
      paymentId: payment,
    };
    expect((await search(request, [line])).rows).toMatchObject([
      { kind: "stripe-refund-payment", id: request, changedAt: "2026-11-27T11:00:00.123Z" },
      { kind: "payment", id: payment },
    ]);
  });

  it("finds an amount in its currency only, and what was captured of another one", async () => {
    const [usd, eur, part] = [newId("pi"), newId("pi"), newId("pi")];
    await record(usd, "payment_intent", { amount: 71_103, currency: "usd" });
    await record(eur, "payment_intent", { amount: 71_103, currency: "eur" });
    await record(part, "payment_intent", { amount: 80_000, amount_received: 71_103, currency: "usd" });
    const idsOf = async (text: string) => (await search(text)).rows.map(({ id }) => id).sort();
    expect(await idsOf("$711.03")).toEqual([usd, part].sort());
    expect(await idsOf("711.03 eur")).toEqual([eur]);
    expect(await idsOf("711.03")).toEqual([usd, eur, part].sort());
    expect(await idsOf("71103")).toEqual([usd, eur, part].sort());
  });

  it("what is in the form of a Stripe id and is one of the application's is found, too", async () => {
    const [payment, order] = [newId("pi"), newId("shop")];
    await record(payment, "payment_intent", { amount: 1, currency: "usd", metadata: { orderId: order } });
    expect((await search(order)).rows).toMatchObject([{ id: payment }]);
  });

  it("nothing: says where it looked, and what it could not see", async () => {
    const found = await search("order-nowhere-1");
    expect(found).toMatchObject({
      rows: [],
      where: ["the index of the application's ids and of addresses", "the table of customers"],
    });
    expect(found.limits.join()).toMatch(/--rebuild/);
  });
});
