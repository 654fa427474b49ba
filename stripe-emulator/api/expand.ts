/** Turns stored objects into the JSON of a response, and replaces ids with objects where `expand` asks for it. */
import { invalidRequest } from "../protocol/errors.ts";
import { OBJECT_NAMES, type Store } from "../state/store.ts";

export type Json = string | number | boolean | null | Json[] | { [key: string]: Json };
type JsonObject = { [key: string]: Json };

const MAX_DEPTH = 4;

/** Properties that a response has only when `expand` names them, by `object.property`. */
const INCLUDED_ON_REQUEST: Record<string, (store: Store, id: string) => unknown> = {
  "charge.refunds": (store, id) =>
    listOf(
      store.all("refund").filter((refund) => refund.charge === id),
      `/v1/charges/${id}/refunds`,
    ),
  "checkout.session.line_items": (store, id) => lineItemsOf(store, id, `/v1/checkout/sessions/${id}`),
  "payment_link.line_items": (store, id) => lineItemsOf(store, id, `/v1/payment_links/${id}`),
  "quote.line_items": (store, id) => lineItemsOf(store, id, `/v1/quotes/${id}`),
  "customer.subscriptions": (store, id) =>
    listOf(
      store
        .all("subscription")
        .filter((subscription) => subscription.customer === id && !subscription.ended_at),
      `/v1/customers/${id}/subscriptions`,
    ),
  "coupon.applies_to": (store, id) => store.hiddenFields.get(id)?.applies_to ?? null,
  "coupon.currency_options": (store, id) => store.hiddenFields.get(id)?.coupon_currency_options ?? {},
  "price.currency_options": (store, id) => store.hiddenFields.get(id)?.price_currency_options ?? {},
  "price.tiers": (store, id) => store.hiddenFields.get(id)?.tiers ?? null,
  "customer.sources": (store, id) =>
    listOf(
      [...store.all("card"), ...store.all("bank_account")].filter((source) => source.customer === id),
      `/v1/customers/${id}/sources`,
    ),
  "customer.tax_ids": (store, id) =>
    listOf(
      store.all("tax_id").filter((taxId) => taxId.customer === id),
      `/v1/customers/${id}/tax_ids`,
    ),
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

/** Ids that cannot be expanded: the SDK's types declare them as plain strings. */
const NOT_EXPANDABLE = new Set([
  "id",
  "charge.payment_method",
  "subscription_item.subscription",
  "line_item.invoice",
]);

/** The JSON of an object, with the expansions. Throws a 400 for a path that cannot be expanded. */
export function expand(store: Store, object: object, paths: readonly string[]): Json {
  const json = toJson(object);
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
  if (Array.isArray(current)) return current.map((item) => expandedItem(store, item, path));
  if (typeof current !== "string") return current;
  if (NOT_EXPANDABLE.has(name) || NOT_EXPANDABLE.has(`${objectName}.${name}`)) throw cannotExpand(path);
  const found =
    (name === "default_source" ? store.find("card", current) : undefined) ?? findById(store, current);
  if (found === undefined) throw cannotExpand(path);
  return toJson(found);
}

/** An element of a list of ids, such as `discounts`. */
function expandedItem(store: Store, item: Json, path: string): Json {
  if (typeof item !== "string") return item;
  const found = findById(store, item);
  if (found === undefined) throw cannotExpand(path);
  return toJson(found);
}

function findById(store: Store, id: string): object | undefined {
  for (const name of OBJECT_NAMES) {
    const found = store.find(name, id);
    if (found !== undefined) return found;
  }
  return store.deletedCustomers.get(id) ?? store.deletedCoupons.get(id);
}

function lineItemsOf(store: Store, owner: string, url: string): object {
  const order = store.all("checkout_order").find((candidate) => candidate.owner === owner);
  return listOf((order?.lineItems ?? []).toReversed(), `${url}/line_items`);
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
