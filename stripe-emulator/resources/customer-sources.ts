/** The legacy sources of a customer: cards and bank accounts that came from tokens. */
import type Stripe from "stripe";
import { verifyBankSource } from "../payments/bank-source.ts";
import {
  addSource,
  type LegacySource,
  removeSource,
  sourceOf,
  sourcesOf,
} from "../payments/customer-source.ts";
import { present } from "../present.ts";
import { invalidRequest } from "../protocol/errors.ts";
import { page } from "../protocol/pagination.ts";
import { changedMetadata, metadata, pageParameters } from "../protocol/parameter-kinds.ts";
import {
  boolean,
  emptyable,
  integer,
  list,
  notEmulated,
  oneOf,
  type Parsed,
  required,
  string,
} from "../protocol/parameters.ts";
import { previousAttributes } from "../state/emit-event.ts";
import { changeCustomer } from "./change-customer.ts";
import { type Call, endpoint } from "./endpoint.ts";

const createParameters = {
  source: required(string()),
  metadata: metadata(),
  validate: boolean(),
} satisfies Record<Exclude<keyof Stripe.CustomerCreateSourceParams, "expand">, unknown>;

const text = () => emptyable(string());
const updateParameters = {
  address_city: text(),
  address_country: text(),
  address_line1: text(),
  address_line2: text(),
  address_state: text(),
  address_zip: text(),
  exp_month: integer(1, 12),
  exp_year: integer(2000, 2100),
  metadata: metadata(),
  name: text(),
  account_holder_name: string(),
  account_holder_type: oneOf("company", "individual"),
  owner: notEmulated(),
} satisfies Record<Exclude<keyof Stripe.CustomerUpdateSourceParams, "expand">, unknown>;

const listParameters = { ...pageParameters, object: string() };

export const customerSourceEndpoints = [
  endpoint("POST", "/v1/customers/:id/sources", createParameters, create),
  endpoint(
    "GET",
    "/v1/customers/:id/sources",
    listParameters,
    ({ context, id, path }, { object, ...paging }) => {
      context.store.get("customer", id);
      return page(
        sourcesOf(context, id),
        paging,
        path,
        (source) => object === undefined || source.object === object,
      );
    },
  ),
  endpoint("GET", "/v1/customers/:id/sources/:item", {}, ({ context, id, itemId }) =>
    sourceOf(context, id, itemId),
  ),
  endpoint("POST", "/v1/customers/:id/sources/:item", updateParameters, update),
  endpoint("DELETE", "/v1/customers/:id/sources/:item", {}, remove),
  endpoint(
    "POST",
    "/v1/customers/:id/sources/:item/verify",
    { amounts: required(list(integer(), 2)) },
    ({ context, id, itemId }, { amounts }) => {
      const source = sourceOf(context, id, itemId);
      if (source.object === "bank_account") return verifyBankSource(context, source, amounts);
      throw invalidRequest("Only bank accounts can be verified.", undefined, "id");
    },
  ),
];

function create(
  { context, id }: Call,
  { source, metadata: given, validate: _cardsAreChecked }: Parsed<typeof createParameters>,
): LegacySource {
  const customer = context.store.get("customer", id);
  const added = addSource(context, id, source, {
    ...{ param: "source", metadata: changedMetadata({}, given) },
  });
  if (customer.default_source === null) changeCustomer(context, customer, { default_source: added.id });
  return added;
}

function update(
  { context, id, itemId }: Call,
  {
    metadata: given,
    account_holder_name: holder,
    account_holder_type: kind,
    ...fields
  }: Parsed<typeof updateParameters>,
): LegacySource {
  const { store } = context;
  const before = sourceOf(context, id, itemId);
  if (before.object === "bank_account") {
    const changed = store.patch("bank_account", before, {
      metadata: changedMetadata(before.metadata ?? {}, given),
      ...present({ account_holder_name: holder, account_holder_type: kind }),
    });
    context.emit("customer.source.updated", changed, previousAttributes(before, changed));
    return changed;
  }
  const after = store.patch("card", before, {
    ...fields,
    metadata: changedMetadata(before.metadata ?? {}, given),
  });
  const method = store.get("payment_method", itemId);
  const { exp_month, exp_year } = fields;
  store.patch("payment_method", method, {
    ...present({ card: method.card && { ...method.card, ...present({ exp_month, exp_year }) } }),
    billing_details: {
      ...method.billing_details,
      name: after.name,
      address: {
        city: after.address_city,
        country: after.address_country,
        line1: after.address_line1,
        line2: after.address_line2,
        postal_code: after.address_zip,
        state: after.address_state,
      },
    },
  });
  context.emit("customer.source.updated", after, previousAttributes(before, after));
  return after;
}

/** Takes the source from the customer. The newest of the others becomes the default source. */
function remove({ context, id, itemId }: Call): Stripe.DeletedCustomerSource {
  const customer = context.store.get("customer", id);
  const { object } = sourceOf(context, id, itemId);
  removeSource(context, id, itemId);
  if (customer.default_source === itemId) {
    const next = sourcesOf(context, id).at(-1);
    changeCustomer(context, customer, { default_source: next?.id ?? null });
  }
  return { id: itemId, object, deleted: true };
}

/** Throws a 400 unless the source is one of the customer's. */
export function assertSourceOf(context: Call["context"], customer: string, id: string): void {
  if (sourcesOf(context, customer).some((source) => source.id === id)) return;
  throw invalidRequest(`No such source: '${id}'`, "resource_missing", "default_source");
}
