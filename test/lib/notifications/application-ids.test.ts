import { randomUUID } from "node:crypto";
import { describe, expect, it } from "@jest/globals";
import fc from "fast-check";
import { putItem } from "../../../lib/aws/dynamodb.ts";
import { objectState } from "../../../lib/events/object-state.ts";
import type { ReadStripe } from "../../../lib/events/resolve-event.ts";
import { surroundingsOf } from "../../../lib/notifications/application-ids.ts";
import { tries } from "../../steps/effort.ts";
import * as given from "../../steps/given.ts";

given.localAws();

const LINE = ["refund", "charge", "payment_intent", "invoice", "subscription", "customer"] as const;
/** A credit note belongs to an invoice, too. */
const KINDS = [...LINE, "credit_note"] as const;
type Kind = (typeof KINDS)[number];

/** Objects that belong to each other; those in `metadata` have one entry of their own and one that all of them have. */
function aLine(withMetadata: readonly Kind[], hasIntent: boolean) {
  const made = randomUUID().replaceAll("-", "");
  const idOf = (kind: Kind) => `${kind}_${made}`;
  const metadata = (kind: Kind) =>
    withMetadata.includes(kind) ? { metadata: { [kind]: "own", nearest: kind } } : { metadata: {} };
  const payment = hasIntent ? { payment_intent: idOf("payment_intent") } : {};
  const customer = { customer: idOf("customer") };
  const parent = { subscription_details: { subscription: idOf("subscription") } };
  const fields: Readonly<Record<Kind, object>> = {
    refund: { charge: idOf("charge"), ...payment },
    charge: { ...payment, ...customer },
    payment_intent: { latest_charge: idOf("charge"), ...customer },
    invoice: { parent, ...customer },
    subscription: customer,
    customer: {},
    credit_note: { invoice: idOf("invoice"), total: 500, ...customer },
  };
  const objects = new Map(
    KINDS.map((kind) => [
      idOf(kind),
      { id: idOf(kind), object: kind, status: "open", ...fields[kind], ...metadata(kind) },
    ]),
  );
  let calls = 0;
  const read: ReadStripe = async (path, query) => {
    calls += 1;
    if (path !== "/v1/invoice_payments") return objects.get(path.split("/").at(-1) ?? "");
    if (query?.invoice === idOf("invoice"))
      return { data: [{ payment: { payment_intent: idOf("payment_intent") } }] };
    expect(query).toMatchObject({ "payment[payment_intent]": idOf("payment_intent") });
    return { data: [{ object: "invoice_payment", invoice: objects.get(idOf("invoice")) }] };
  };
  return { idOf, objects, read, calls: () => calls };
}

/** The kinds whose metadata an event about this kind gets, the nearest first. */
function belongsTo(kind: Kind, hasIntent: boolean): readonly Kind[] {
  if (kind === "credit_note") return ["credit_note", "invoice", "subscription", "customer"];
  const line: readonly Kind[] = LINE.slice(LINE.indexOf(kind));
  if (hasIntent) return line.filter((one) => one === kind || one !== "charge");
  const isLoose = kind === "refund" || kind === "charge";
  return isLoose ? line.filter((one) => ["refund", "charge", "customer"].includes(one)) : line;
}

describe("given an object and what it belongs to", () => {
  it("the nearest metadata wins, and at most five calls to Stripe are needed, whatever is recorded", async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.constantFrom(...KINDS),
        fc.subarray([...KINDS]),
        fc.subarray([...KINDS]),
        fc.boolean(),
        async (kind, withMetadata, recorded, hasIntent) => {
          const { idOf, objects, read, calls } = aLine(withMetadata, hasIntent);
          for (const one of recorded) {
            const state = objectState(objects.get(idOf(one)) ?? { id: "" });
            await putItem("StripeObjectsTable", { objectId: idOf(one), ...state });
          }
          const object = objects.get(idOf(kind)) ?? { id: "" };
          const state = objectState(object);
          const event = { id: "evt_1", type: "", created: 0, livemode: false, object };
          const { application: ids, links } = await surroundingsOf(
            { event, told: state, current: state, isStale: false },
            { read },
          );
          const line = belongsTo(kind, hasIntent).filter((one) => withMetadata.includes(one));
          const own = Object.fromEntries(line.map((one) => [one, "own"]));
          expect(ids).toEqual(line[0] === undefined ? {} : { ...own, nearest: line[0] });
          const belongs = (one: Kind) => one !== kind && belongsTo(kind, hasIntent).includes(one);
          if (kind === "payment_intent" || kind === "invoice")
            expect(links).toEqual({
              subscriptionId: idOf("subscription"),
              ...(belongs("invoice") ? { invoiceId: idOf("invoice") } : {}),
              ...(kind === "invoice" ? { paymentIntentId: idOf("payment_intent") } : {}),
            });
          expect(calls()).toBeLessThanOrEqual(5);
        },
      ),
      { numRuns: tries({ sample: 30, whole: 100 }) },
    );
  });

  it("nothing is asked about a payment without a customer", async () => {
    const object = { id: "pi_1", object: "payment_intent", status: "succeeded", metadata: { orderId: "1" } };
    const event = { id: "evt_1", type: "", created: 0, livemode: false, object };
    const state = objectState(object);
    const read: ReadStripe = () => Promise.reject(new Error("asked"));
    const { application: ids } = await surroundingsOf(
      { event, told: state, current: state, isStale: false },
      { read },
    );
    expect(ids).toEqual({ orderId: "1" });
  });

  it("metadata with hostile names is passed on", async () => {
    const { idOf, objects, read } = aLine([], true);
    const metadata = JSON.parse('{"__proto__":"a","constructor":"b","toString":"c"}');
    objects.set(idOf("customer"), { ...(objects.get(idOf("customer")) ?? Object()), metadata });
    const object = objects.get(idOf("refund")) ?? { id: "" };
    const state = objectState(object);
    const event = { id: "evt_1", type: "", created: 0, livemode: false, object };
    const { application: ids } = await surroundingsOf(
      { event, told: state, current: state, isStale: false },
      { read },
    );
    expect(JSON.parse(JSON.stringify(ids))).toEqual(metadata);
  });
});
