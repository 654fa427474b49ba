import type Stripe from "stripe";
import { changeBalance } from "../billing/customer-balance.ts";
import { endSubscription } from "../billing/end-subscription.ts";
import { addSource, removeSource } from "../payments/customer-source.ts";
import { attachPaymentMethod, resolvePaymentMethod } from "../payments/payment-method.ts";
import { present } from "../present.ts";
import { invalidRequest, renamingParams, resourceMissing, within } from "../protocol/errors.ts";
import { newId, randomText } from "../protocol/ids.ts";
import { inRange, page } from "../protocol/pagination.ts";
import { changedMetadata, completeAddress, completeShipping } from "../protocol/parameter-kinds.ts";
import type { Parsed } from "../protocol/parameters.ts";
import { type FieldText, readSearchQuery } from "../protocol/search-query.ts";
import type { Context } from "../state/context.ts";
import { previousAttributes } from "../state/emit-event.ts";
import { allOrNothing } from "../state/trial-run.ts";
import { changeDiscount } from "./customer-discounts.ts";
import {
  createParameters,
  listParameters,
  searchParameters,
  updateParameters,
} from "./customer-parameters.ts";
import { assertSourceOf } from "./customer-sources.ts";
import { type Call, endpoint } from "./endpoint.ts";
import { storeTaxId } from "./tax-ids.ts";

export const customerEndpoints = [
  endpoint("POST", "/v1/customers", createParameters, (call, parameters) =>
    allOrNothing(call.context, (context) => createCustomer(context, parameters)),
  ),
  endpoint(
    "GET",
    "/v1/customers",
    listParameters,
    ({ context, path }, { created, email: wanted, test_clock: testClock = null, ...paging }) =>
      page(
        context.store.all("customer"),
        paging,
        path,
        (customer) =>
          // Without the filter, Stripe leaves out the customers of test clocks.
          customer.test_clock === testClock &&
          inRange(customer.created, created) &&
          (wanted === undefined || customer.email === wanted),
      ),
  ),
  endpoint("GET", "/v1/customers/search", searchParameters, search),
  endpoint(
    "GET",
    "/v1/customers/:id",
    {},
    ({ context, id }) => context.store.deletedCustomers.get(id) ?? context.store.get("customer", id),
  ),
  endpoint("POST", "/v1/customers/:id", updateParameters, (call, parameters) =>
    allOrNothing(call.context, (context) => update({ ...call, context }, parameters)),
  ),
  endpoint("DELETE", "/v1/customers/:id", {}, remove),
];

const SEARCHED_FIELDS: Readonly<Record<string, FieldText<Stripe.Customer>>> = {
  email: ({ email }) => email,
  name: ({ name }) => name ?? null,
  phone: ({ phone }) => phone ?? null,
  metadata: ({ metadata }, key) => (Object.hasOwn(metadata, key) ? (metadata[key] ?? null) : null),
};

/** Unlike at Stripe, where a customer can be found about a minute after its creation, the result is always current. */
function search(
  { context, path }: Call,
  { query, limit, page: after }: Parsed<typeof searchParameters>,
): Stripe.ApiSearchResult<Stripe.Customer> {
  const isWanted = readSearchQuery(query, SEARCHED_FIELDS);
  const paging = present({ limit, starting_after: after });
  const { data, has_more } = page(context.store.all("customer"), paging, path, isWanted);
  const next = has_more ? (data.at(-1)?.id ?? null) : null;
  return { object: "search_result", data, has_more, next_page: next, url: path };
}

/** Stores a customer: `customer.created`. */
export function createCustomer(
  context: Context,
  parameters: Parsed<typeof createParameters>,
): Stripe.Customer {
  const {
    address: place,
    shipping: to,
    metadata: given,
    payment_method: methodId,
    test_clock: testClock,
    invoice_settings: settings,
    business_name: _business,
    individual_name: _individual,
    coupon,
    promotion_code: promotionCode,
    tax_id_data: taxIds,
    balance = 0,
    source,
    validate: _cardsAreChecked,
    ...fields
  } = parameters;
  const defaultMethod = settings?.default_payment_method ?? null;
  if (defaultMethod !== null && defaultMethod !== methodId) {
    throw invalidRequest(
      `The customer does not have a payment method with the ID ${defaultMethod}. Pass it as payment_method too.`,
      "resource_missing",
      "invoice_settings[default_payment_method]",
    );
  }
  const method =
    methodId === undefined ? undefined : resolvePaymentMethod(context, methodId, "payment_method");
  const id = newId("cus", 14);
  const attached = method && attachPaymentMethod(context, method, id);
  const card = source === undefined ? undefined : addSource(context, id, source, { param: "source" });
  const customer = context.store.put("customer", {
    id,
    object: "customer",
    address: place ? completeAddress(place) : null,
    created: context.clock.now(),
    currency: null,
    customer_account: null,
    default_source: card?.id ?? null,
    delinquent: false,
    description: null,
    discount: null,
    email: null,
    invoice_prefix: randomText(8).toUpperCase(),
    invoice_settings: {
      custom_fields: settings?.custom_fields ?? null,
      default_payment_method: defaultMethod === null ? null : (attached?.id ?? null),
      footer: settings?.footer ?? null,
      rendering_options: null,
    },
    livemode: false,
    metadata: changedMetadata({}, given),
    name: null,
    next_invoice_sequence: 1,
    phone: null,
    preferred_locales: [],
    shipping: to ? completeShipping(to) : null,
    tax_exempt: "none",
    test_clock:
      testClock === undefined
        ? null
        : context.store.get("test_helpers.test_clock", testClock, "test_clock").id,
    ...fields,
    balance: 0,
    ...names(parameters),
  });
  if (balance !== 0) {
    const silent = { ...context, emit: () => {} };
    changeBalance(silent, id, balance, { currency: customer.currency ?? "usd", type: "initial" });
  }
  context.emit("customer.created", context.store.get("customer", id));
  for (const [index, taxId] of (taxIds ?? []).entries()) {
    renamingParams(
      (param) => within(`tax_id_data[${index}]`, param),
      () => storeTaxId(context, id, taxId),
    );
  }
  return changeDiscount(context, context.store.get("customer", id), {
    coupon,
    promotion_code: promotionCode,
  });
}

function update({ context, id }: Call, parameters: Parsed<typeof updateParameters>): Stripe.Customer {
  const {
    address: place,
    shipping: to,
    metadata: given,
    invoice_settings: settings,
    business_name: _business,
    individual_name: _individual,
    coupon,
    promotion_code: promotionCode,
    balance,
    source,
    validate: _cardsAreChecked,
    ...fields
  } = parameters;
  if (context.store.deletedCustomers.has(id)) throw resourceMissing("customer", id);
  const found = context.store.get("customer", id);
  if (balance !== undefined && balance !== found.balance) {
    changeBalance({ ...context, emit: () => {} }, id, balance - found.balance, {
      currency: found.currency ?? "usd",
      type: "adjustment",
    });
  }
  const method = settings?.default_payment_method;
  if (typeof method === "string" && context.store.find("payment_method", method)?.customer !== id) {
    throw invalidRequest(
      `The customer does not have a payment method with the ID ${method}. The payment method must be attached to the customer.`,
      "resource_missing",
      "invoice_settings[default_payment_method]",
    );
  }
  const before = context.store.get("customer", id);
  if (fields.default_source !== undefined) assertSourceOf(context, id, fields.default_source);
  // A new source takes the place of the one that was the default.
  const card = source === undefined ? undefined : addSource(context, id, source, { param: "source" });
  if (card !== undefined && typeof before.default_source === "string") {
    removeSource(context, id, before.default_source);
  }
  const { default_payment_method: _unset, ...otherSettings } = settings ?? {};
  const after = context.store.patch("customer", before, {
    ...fields,
    metadata: changedMetadata(before.metadata, given),
    ...present({
      address: place && completeAddress(place),
      default_source: card?.id ?? fields.default_source,
      shipping: to && completeShipping(to),
    }),
    ...names(parameters),
    invoice_settings: {
      ...before.invoice_settings,
      ...otherSettings,
      ...present({ default_payment_method: method }),
    },
  });
  context.emit("customer.updated", after, previousAttributes(found, after));
  return changeDiscount(context, after, { coupon, promotion_code: promotionCode });
}

/** Stripe leaves an empty name out instead of setting it to null. */
function names(given: Parsed<typeof updateParameters>) {
  return present({
    business_name: given.business_name || undefined,
    individual_name: given.individual_name || undefined,
  });
}

/** Deletes the customer and ends its subscriptions: `customer.subscription.deleted`, `customer.deleted`. */
function remove({ context, id }: Call): Stripe.DeletedCustomer {
  return deleteCustomer(context, id);
}

/** The same for a customer of a test clock that is deleted. */
export function deleteCustomer(context: Context, id: string): Stripe.DeletedCustomer {
  const customer = context.store.get("customer", id);
  for (const subscription of context.store.all("subscription")) {
    if (subscription.customer === id && subscription.ended_at === null)
      endSubscription(context, subscription, {});
  }
  const deleted: Stripe.DeletedCustomer = { id, object: "customer", deleted: true };
  context.store.deletedCustomers.set(id, deleted);
  context.store.remove("customer", id);
  context.store.activeEntitlements.delete(id);
  context.emit("customer.deleted", customer);
  return deleted;
}
