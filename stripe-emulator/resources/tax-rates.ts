import type Stripe from "stripe";
import { present } from "../present.ts";
import { newId } from "../protocol/ids.ts";
import { inRange, page } from "../protocol/pagination.ts";
import {
  changedMetadata,
  decimalNumber,
  metadata,
  pageParameters,
  range,
} from "../protocol/parameter-kinds.ts";
import { boolean, emptyable, oneOf, type Parsed, required, string } from "../protocol/parameters.ts";
import type { Context } from "../state/context.ts";
import { previousAttributes } from "../state/emit-event.ts";
import { type Call, endpoint } from "./endpoint.ts";

const TAX_TYPES = (
  "admissions_tax amusement_tax attendance_tax communications_tax digital_excise_tax entertainment_tax get_fund " +
  "gross_receipts_tax gst hospitality_tax hst igst jct lease_tax luxury_tax mass_transit_parking_tax nhil parking_tax pst " +
  "qst resort_tax retail_delivery_fee rst sales_tax service_tax tourism_tax utility_users_tax vat"
).split(" ");
const sharedParameters = {
  active: boolean(),
  country: string(2),
  description: string(),
  jurisdiction: string(50),
  metadata: metadata(),
  state: string(),
  tax_type: oneOf(...TAX_TYPES),
};
const createParameters = {
  ...sharedParameters,
  display_name: required(string(50)),
  inclusive: required(boolean()),
  percentage: required(decimalNumber(0, 100)),
} satisfies Record<Exclude<keyof Stripe.TaxRateCreateParams, "expand">, unknown>;
const updateParameters = {
  ...sharedParameters,
  description: emptyable(string()),
  display_name: string(50),
} satisfies Record<Exclude<keyof Stripe.TaxRateUpdateParams, "expand">, unknown>;
const listParameters = { ...pageParameters, active: boolean(), created: range(), inclusive: boolean() };

export const taxRateEndpoints = [
  endpoint("POST", "/v1/tax_rates", createParameters, ({ context }, parameters) =>
    create(context, parameters),
  ),
  endpoint(
    "GET",
    "/v1/tax_rates",
    listParameters,
    ({ context, path }, { active, created, inclusive, ...paging }) =>
      page(
        context.store.all("tax_rate"),
        paging,
        path,
        (rate) =>
          inRange(rate.created, created) &&
          (active === undefined || rate.active === active) &&
          (inclusive === undefined || rate.inclusive === inclusive),
      ),
  ),
  endpoint("GET", "/v1/tax_rates/:id", {}, ({ context, id }) => context.store.get("tax_rate", id)),
  endpoint("POST", "/v1/tax_rates/:id", updateParameters, update),
];

function create(
  context: Context,
  { metadata: given, ...fields }: Parsed<typeof createParameters>,
): Stripe.TaxRate {
  const rate = context.store.put("tax_rate", {
    id: newId("txr"),
    object: "tax_rate",
    active: true,
    country: null,
    created: context.clock.now(),
    description: null,
    effective_percentage: null,
    flat_amount: null,
    jurisdiction: null,
    jurisdiction_level: null,
    livemode: false,
    metadata: changedMetadata({}, given),
    rate_type: "percentage",
    state: null,
    tax_type: null,
    ...fields,
  });
  context.emit("tax_rate.created", rate);
  return rate;
}

function update(
  { context, id }: Call,
  { metadata: given, ...fields }: Parsed<typeof updateParameters>,
): Stripe.TaxRate {
  const before = context.store.get("tax_rate", id);
  const after = context.store.patch("tax_rate", before, {
    ...present(fields),
    metadata: changedMetadata(before.metadata ?? {}, given),
  });
  context.emit("tax_rate.updated", after, previousAttributes(before, after));
  return after;
}
