/** The legacy sources of a customer: cards that came from tokens. */
import type Stripe from "stripe";
import { addCardSource, cardSourceOf, cardSourcesOf, removeCardSource } from "../payments/card-source.ts";
import { present } from "../present.ts";
import { invalidRequest } from "../protocol/errors.ts";
import { page } from "../protocol/pagination.ts";
import { changedMetadata, metadata, pageParameters } from "../protocol/parameter-kinds.ts";
import {
  boolean,
  emptyable,
  integer,
  notEmulated,
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
  account_holder_name: notEmulated(),
  account_holder_type: notEmulated(),
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
      return page(object === undefined || object === "card" ? cardSourcesOf(context, id) : [], paging, path);
    },
  ),
  endpoint("GET", "/v1/customers/:id/sources/:item", {}, ({ context, id, itemId }) =>
    cardSourceOf(context, id, itemId),
  ),
  endpoint("POST", "/v1/customers/:id/sources/:item", updateParameters, update),
  endpoint("DELETE", "/v1/customers/:id/sources/:item", {}, remove),
];

function create(
  { context, id }: Call,
  { source, metadata: given, validate: _cardsAreChecked }: Parsed<typeof createParameters>,
): Stripe.Card {
  const customer = context.store.get("customer", id);
  const card = addCardSource(context, id, source, {
    ...{ param: "source", metadata: changedMetadata({}, given) },
  });
  if (customer.default_source === null) changeCustomer(context, customer, { default_source: card.id });
  return card;
}

function update(
  { context, id, itemId }: Call,
  { metadata: given, ...fields }: Parsed<typeof updateParameters>,
): Stripe.Card {
  const { store } = context;
  const before = cardSourceOf(context, id, itemId);
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

/** Takes the card from the customer. The newest of the others becomes the default source. */
function remove({ context, id, itemId }: Call): Stripe.DeletedCard {
  const customer = context.store.get("customer", id);
  cardSourceOf(context, id, itemId);
  removeCardSource(context, id, itemId);
  if (customer.default_source === itemId) {
    const next = cardSourcesOf(context, id).at(-1);
    changeCustomer(context, customer, { default_source: next?.id ?? null });
  }
  return { id: itemId, object: "card", deleted: true };
}

/** Throws a 400 unless the source is one of the customer's. */
export function assertSourceOf(context: Call["context"], customer: string, id: string): void {
  if (cardSourcesOf(context, customer).some((card) => card.id === id)) return;
  throw invalidRequest(`No such source: '${id}'`, "resource_missing", "default_source");
}
