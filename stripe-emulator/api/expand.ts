/** Turns stored objects into the JSON of an answer, replacing ids by objects where `expand` asks for it. */
import { invalidRequest } from "../protocol/errors.ts";
import type { ObjectName, Store } from "../state/store.ts";

export type Json = string | number | boolean | null | Json[] | { [key: string]: Json };
type JsonObject = { [key: string]: Json };

const MAX_DEPTH = 4;

/** Properties that Stripe leaves out unless they are asked for, by `object.property`. */
const INCLUDED_ON_REQUEST: Record<string, (store: Store, id: string) => unknown> = {
  "charge.refunds": (store, id) =>
    listOf(
      store.all("refund").filter((refund) => refund.charge === id),
      `/v1/charges/${id}/refunds`,
    ),
  "customer.subscriptions": (store, id) =>
    listOf(
      store
        .all("subscription")
        .filter((subscription) => subscription.customer === id && !subscription.ended_at),
      `/v1/customers/${id}/subscriptions`,
    ),
  "customer.sources": (_store, id) => listOf([], `/v1/customers/${id}/sources`),
  "customer.tax_ids": (_store, id) => listOf([], `/v1/customers/${id}/tax_ids`),
  "invoice.payments": (store, id) =>
    listOf(
      store.all("invoice_payment").filter((payment) => payment.invoice === id),
      `/v1/invoices/${id}/payments`,
    ),
  "invoice.confirmation_secret": (store, id) => {
    const payment = store.all("invoice_payment").find((candidate) => candidate.invoice === id);
    const intent = payment?.payment.payment_intent;
    const secret =
      typeof intent === "string" ? store.find("payment_intent", intent)?.client_secret : undefined;
    return secret ? { client_secret: secret, type: "payment_intent" } : null;
  },
};

/** Strings that look like references but are plain ids in the SDK's types. */
const NOT_EXPANDABLE = new Set([
  "id",
  "charge.payment_method",
  "subscription_item.subscription",
  "line_item.invoice",
]);

/** Serialises `answer` with the expansions. Throws 400 for a path that cannot be expanded. */
export function expand(store: Store, answer: object, paths: readonly string[]): Json {
  const json = toJson(answer);
  for (const path of paths) {
    const segments = path.split(".");
    if (segments.length > MAX_DEPTH) {
      throw invalidRequest(
        `You cannot expand more than ${MAX_DEPTH} levels of a property (${path}).`,
        undefined,
        "expand",
      );
    }
    walk(store, json, segments, path);
  }
  return json;
}

function walk(store: Store, value: Json, segments: readonly string[], path: string): void {
  const [name, ...rest] = segments;
  if (name === undefined || value === null) return;
  if (Array.isArray(value)) {
    for (const item of value) walk(store, item, segments, path);
    return;
  }
  if (typeof value !== "object") throw cannotExpand(path);
  const expanded = expandedProperty(store, value, name, path);
  value[name] = expanded;
  walk(store, expanded, rest, path);
}

function expandedProperty(store: Store, owner: JsonObject, name: string, path: string): Json {
  const objectName = typeof owner.object === "string" ? owner.object : "";
  const current = owner[name];
  const include = INCLUDED_ON_REQUEST[`${objectName}.${name}`];
  if (current === undefined && include !== undefined && typeof owner.id === "string") {
    return toJson(include(store, owner.id));
  }
  if (current === undefined) throw cannotExpand(path);
  if (typeof current === "number" || typeof current === "boolean") throw cannotExpand(path);
  if (typeof current !== "string") return current;
  if (NOT_EXPANDABLE.has(name) || NOT_EXPANDABLE.has(`${objectName}.${name}`)) throw cannotExpand(path);
  const found = findById(store, current);
  if (found === undefined) throw cannotExpand(path);
  return toJson(found);
}

function findById(store: Store, id: string): object | undefined {
  const names = Object.keys(store.collections).filter(
    (name): name is ObjectName => name in store.collections,
  );
  for (const name of names) {
    const found = store.find(name, id);
    if (found !== undefined) return found;
  }
  return store.deletedCustomers.get(id);
}

function listOf(newestLast: readonly object[], url: string): object {
  return { object: "list", data: newestLast.toReversed(), has_more: false, url };
}

function toJson(value: unknown): Json {
  return JSON.parse(JSON.stringify(value));
}

function cannotExpand(path: string): Error {
  const message = `This property cannot be expanded (${path}).`;
  return invalidRequest(message, "property_not_expandable", "expand");
}
