import type Stripe from "stripe";
import { invalidRequest, resourceMissing } from "../protocol/errors.ts";
import { newId } from "../protocol/ids.ts";
import { page } from "../protocol/pagination.ts";
import { pageParameters } from "../protocol/parameter-kinds.ts";
import { hash, notEmulated, oneOf, type Parsed, required, string } from "../protocol/parameters.ts";
import type { Context } from "../state/context.ts";
import { endpoint } from "./endpoint.ts";

const taxIdType = string(20);
const createParameters = { type: required(taxIdType), value: required(string(50)) };
/** The tax ids of a new customer. */
export const taxIdData = hash(createParameters);
const ownedParameters = {
  ...createParameters,
  owner: hash({
    type: required(oneOf("customer")),
    customer: string(),
    account: notEmulated(),
    customer_account: notEmulated(),
  }),
} satisfies Record<Exclude<keyof Stripe.TaxIdCreateParams, "expand">, unknown>;

export const taxIdEndpoints = [
  endpoint("POST", "/v1/customers/:id/tax_ids", createParameters, ({ context, id }, given) => {
    context.store.get("customer", id);
    return storeTaxId(context, id, given);
  }),
  endpoint("GET", "/v1/customers/:id/tax_ids", pageParameters, ({ context, id, path }, paging) => {
    context.store.get("customer", id);
    const taxIds = context.store.all("tax_id").filter(({ customer }) => customer === id);
    return page(taxIds, paging, path);
  }),
  endpoint("GET", "/v1/customers/:id/tax_ids/:item", {}, ({ context, id, itemId }) =>
    find(context, itemId, id),
  ),
  endpoint("DELETE", "/v1/customers/:id/tax_ids/:item", {}, ({ context, id, itemId }) =>
    removeTaxId(context, find(context, itemId, id)),
  ),
  endpoint("POST", "/v1/tax_ids", ownedParameters, ({ context }, { owner, ...given }) => {
    if (owner?.customer === undefined) {
      throw invalidRequest(
        "Missing required param: owner[customer].",
        "parameter_missing",
        "owner[customer]",
      );
    }
    const customer = context.store.get("customer", owner.customer, "owner[customer]");
    return storeTaxId(context, customer.id, given);
  }),
  endpoint("GET", "/v1/tax_ids", pageParameters, ({ context, path }, paging) =>
    page(context.store.all("tax_id"), paging, path),
  ),
  endpoint("GET", "/v1/tax_ids/:id", {}, ({ context, id }) => context.store.get("tax_id", id)),
  endpoint("DELETE", "/v1/tax_ids/:id", {}, ({ context, id }) => removeTaxId(context, find(context, id))),
];

/** Stores a tax id of the customer: `customer.tax_id.created`. Throws a 400 for a type whose country is not known. */
export function storeTaxId(
  context: Context,
  customer: string,
  { type, value }: Parsed<typeof createParameters>,
): Stripe.TaxId {
  if (!/^[a-z]{2}_[a-z_]{2,16}$/.test(type)) {
    throw invalidRequest(`Invalid type: ${type} is not a type of tax id, such as eu_vat.`, undefined, "type");
  }
  const country = type.startsWith("eu_") ? value.slice(0, 2).toUpperCase() : type.slice(0, 2).toUpperCase();
  if (!/^[A-Z0-9][A-Z0-9 ./-]{3,}$/i.test(value)) {
    throw invalidRequest("Invalid value for this type of tax id.", "tax_id_invalid", "value");
  }
  const taxId = context.store.put("tax_id", {
    id: newId("txi"),
    object: "tax_id",
    country,
    created: context.clock.now(),
    customer,
    customer_account: null,
    livemode: false,
    owner: { type: "customer", customer, customer_account: null },
    type,
    value,
    verification: { status: "pending", verified_address: null, verified_name: null },
  });
  context.emit("customer.tax_id.created", taxId);
  return taxId;
}

/** The tax id; with `customer`, only if it is that customer's. */
function find({ store }: Context, id: string, customer?: string): Stripe.TaxId {
  const taxId = store.get("tax_id", id);
  if (customer === undefined || taxId.customer === customer) return taxId;
  throw resourceMissing("tax_id", id);
}

/** Deletes a tax id: `customer.tax_id.deleted`. */
function removeTaxId(context: Context, taxId: Stripe.TaxId): Stripe.DeletedTaxId {
  context.store.remove("tax_id", taxId.id);
  context.emit("customer.tax_id.deleted", taxId);
  return { id: taxId.id, object: "tax_id", deleted: true };
}
