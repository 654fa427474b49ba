import type Stripe from "stripe";
import { endSubscription } from "../billing/subscription.ts";
import { attachPaymentMethod, resolvePaymentMethod } from "../payments/payment-method.ts";
import { present } from "../present.ts";
import { invalidRequest, resourceMissing } from "../protocol/errors.ts";
import { newId, randomText } from "../protocol/ids.ts";
import { inRange, page } from "../protocol/pagination.ts";
import {
  address,
  changedMetadata,
  completeAddress,
  completeShipping,
  email,
  metadata,
  pageParameters,
  range,
  shipping,
} from "../protocol/parameter-kinds.ts";
import {
  emptyable,
  hash,
  integer,
  list,
  notEmulated,
  oneOf,
  type Parsed,
  string,
} from "../protocol/parameters.ts";
import { previousAttributes } from "../state/emit-event.ts";
import { type Call, endpoint } from "./endpoint.ts";

const sharedParameters = {
  address: emptyable(address()),
  balance: integer(),
  business_name: emptyable(string(150)),
  description: emptyable(string()),
  email: emptyable(email()),
  individual_name: emptyable(string(150)),
  invoice_prefix: string(12),
  invoice_settings: hash({
    default_payment_method: emptyable(string()),
    footer: emptyable(string()),
    custom_fields: notEmulated(),
    rendering_options: notEmulated(),
  }),
  metadata: metadata(),
  name: emptyable(string(256)),
  next_invoice_sequence: integer(1),
  phone: emptyable(string(20)),
  preferred_locales: list(string()),
  shipping: emptyable(shipping()),
  tax_exempt: emptyable(oneOf("exempt", "none", "reverse")),
  cash_balance: notEmulated(),
  source: notEmulated(),
  tax: notEmulated(),
  validate: notEmulated(),
};

const createParameters = {
  ...sharedParameters,
  payment_method: string(),
  tax_id_data: notEmulated(),
  test_clock: notEmulated(),
} satisfies Record<Exclude<keyof Stripe.CustomerCreateParams, "expand">, unknown>;

const updateParameters = {
  ...sharedParameters,
  default_source: notEmulated(),
} satisfies Record<Exclude<keyof Stripe.CustomerUpdateParams, "expand">, unknown>;

const listParameters = { ...pageParameters, created: range(), email: string(512), test_clock: notEmulated() };

export const customerEndpoints = [
  endpoint("POST", "/v1/customers", createParameters, create),
  endpoint(
    "GET",
    "/v1/customers",
    listParameters,
    ({ context, path }, { created, email: wanted, ...paging }) => {
      const found = context.store
        .all("customer")
        .filter(
          (customer) =>
            inRange(customer.created, created) && (wanted === undefined || customer.email === wanted),
        );
      return page(found, paging, path);
    },
  ),
  endpoint(
    "GET",
    "/v1/customers/:id",
    {},
    ({ context, id }) => context.store.deletedCustomers.get(id) ?? context.store.get("customer", id),
  ),
  endpoint("POST", "/v1/customers/:id", updateParameters, update),
  endpoint("DELETE", "/v1/customers/:id", {}, remove),
];

function create({ context }: Call, parameters: Parsed<typeof createParameters>): Stripe.Customer {
  const {
    address: place,
    shipping: to,
    metadata: given,
    payment_method: methodId,
    invoice_settings: settings,
    business_name: businessName,
    individual_name: individualName,
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
  const customer = context.store.put("customer", {
    id,
    object: "customer",
    address: place ? completeAddress(place) : null,
    balance: 0,
    created: context.clock.now(),
    currency: null,
    customer_account: null,
    default_source: null,
    delinquent: false,
    description: null,
    discount: null,
    email: null,
    invoice_prefix: randomText(8).toUpperCase(),
    invoice_settings: {
      custom_fields: null,
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
    test_clock: null,
    ...fields,
    ...(businessName ? { business_name: businessName } : {}),
    ...(individualName ? { individual_name: individualName } : {}),
  });
  context.emit("customer.created", customer);
  return customer;
}

function update({ context, id }: Call, parameters: Parsed<typeof updateParameters>): Stripe.Customer {
  const {
    address: place,
    shipping: to,
    metadata: given,
    invoice_settings: settings,
    business_name: businessName,
    individual_name: individualName,
    ...fields
  } = parameters;
  if (context.store.deletedCustomers.has(id)) throw resourceMissing("customer", id);
  const before = context.store.get("customer", id);
  const method = settings?.default_payment_method;
  if (typeof method === "string" && context.store.find("payment_method", method)?.customer !== id) {
    throw invalidRequest(
      `The customer does not have a payment method with the ID ${method}. The payment method must be attached to the customer.`,
      "resource_missing",
      "invoice_settings[default_payment_method]",
    );
  }
  const { default_payment_method: _unset, ...otherSettings } = settings ?? {};
  const after = context.store.patch("customer", before, {
    ...fields,
    metadata: changedMetadata(before.metadata, given),
    ...(place === undefined ? {} : { address: place && completeAddress(place) }),
    ...(to === undefined ? {} : { shipping: to && completeShipping(to) }),
    ...(businessName ? { business_name: businessName } : {}),
    ...(individualName ? { individual_name: individualName } : {}),
    invoice_settings: {
      ...before.invoice_settings,
      ...otherSettings,
      ...present({ default_payment_method: method }),
    },
  });
  context.emit("customer.updated", after, previousAttributes(before, after));
  return after;
}

/** Deletes for good and ends the customer's subscriptions: `customer.subscription.deleted`, `customer.deleted`. */
function remove({ context, id }: Call): Stripe.DeletedCustomer {
  const customer = context.store.get("customer", id);
  for (const subscription of context.store.all("subscription")) {
    if (subscription.customer === id && subscription.ended_at === null)
      endSubscription(context, subscription, {});
  }
  const deleted: Stripe.DeletedCustomer = { id, object: "customer", deleted: true };
  context.store.deletedCustomers.set(id, deleted);
  context.store.remove("customer", id);
  context.emit("customer.deleted", customer);
  return deleted;
}
