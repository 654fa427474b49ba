import Stripe from "stripe";
import { planOf } from "../billing/subscription-item.ts";
import { present } from "../present.ts";
import { invalidRequest, resourceMissing } from "../protocol/errors.ts";
import { newId } from "../protocol/ids.ts";
import { inRange, page } from "../protocol/pagination.ts";
import {
  changedMetadata,
  currency,
  decimal,
  metadata,
  pageParameters,
  range,
} from "../protocol/parameter-kinds.ts";
import {
  boolean,
  emptyable,
  hash,
  integer,
  notEmulated,
  oneOf,
  optional,
  type Parsed,
  required,
  string,
} from "../protocol/parameters.ts";
import type { Context } from "../state/context.ts";
import { previousAttributes } from "../state/emit-event.ts";
import { allOrNothing } from "../state/trial-run.ts";
import { type Call, endpoint } from "./endpoint.ts";
import { interval, tiersParameter } from "./price-parameters.ts";
import { tiersOf } from "./price-tiers.ts";
import { createProduct } from "./products.ts";
import { storePrice } from "./store-price.ts";

const productFields = hash({
  name: required(string()),
  id: string(),
  active: boolean(),
  metadata: metadata(),
  statement_descriptor: string(22),
  unit_label: string(12),
});
const createParameters = {
  active: boolean(),
  amount: integer(0),
  amount_decimal: decimal(),
  billing_scheme: oneOf("per_unit", "tiered"),
  currency: required(currency()),
  id: string(),
  interval: required(interval),
  interval_count: integer(1, 1095),
  metadata: metadata(),
  meter: string(),
  nickname: string(),
  product: required(
    optional((value, param) =>
      typeof value === "string" ? string().read(value, param) : productFields.read(value, param),
    ),
  ),
  tiers: tiersParameter(),
  tiers_mode: oneOf("graduated", "volume"),
  transform_usage: hash({ divide_by: required(integer(1)), round: required(oneOf("down", "up")) }),
  trial_period_days: integer(0),
  usage_type: oneOf("licensed", "metered"),
} satisfies Record<Exclude<keyof Stripe.PlanCreateParams, "expand">, unknown>;
const updateParameters = {
  active: boolean(),
  metadata: metadata(),
  nickname: emptyable(string()),
  product: notEmulated(),
  trial_period_days: integer(0),
} satisfies Record<Exclude<keyof Stripe.PlanUpdateParams, "expand">, unknown>;
const listParameters = { ...pageParameters, active: boolean(), created: range(), product: string() };

/** Plans are what recurring prices were called before. Each plan is a price, and each recurring price a plan. */
export const planEndpoints = [
  endpoint("POST", "/v1/plans", createParameters, ({ context }, parameters) =>
    allOrNothing(context, (copy) => create(copy, parameters)),
  ),
  endpoint(
    "GET",
    "/v1/plans",
    listParameters,
    ({ context, path }, { active, created, product, ...paging }) => {
      const plans = recurring(context).map((price) => planOf(context.store, price));
      const isWanted = (plan: Stripe.Plan) =>
        inRange(plan.created, created) &&
        (active === undefined || plan.active === active) &&
        (product === undefined || plan.product === product);
      return page(plans, paging, path, isWanted);
    },
  ),
  endpoint("GET", "/v1/plans/:id", {}, ({ context, id }) => planOf(context.store, find(context, id))),
  endpoint("POST", "/v1/plans/:id", updateParameters, update),
  endpoint("DELETE", "/v1/plans/:id", {}, remove),
];

function recurring({ store }: Context): Stripe.Price[] {
  return store.all("price").filter((price) => price.recurring !== null);
}

function find({ store }: Context, id: string): Stripe.Price {
  const price = store.find("price", id);
  if (price?.recurring) return price;
  throw resourceMissing("plan", id);
}

/** Stores the price of the plan: `plan.created`, `price.created`. */
function create(context: Context, parameters: Parsed<typeof createParameters>): Stripe.Plan {
  const { store } = context;
  const { id = newId("plan"), product: given, amount, amount_decimal: exact } = parameters;
  if (store.find("price", id) !== undefined) {
    throw invalidRequest("Plan already exists.", "resource_already_exists", "id");
  }
  const isTiered = parameters.billing_scheme === "tiered";
  if (!isTiered && (amount === undefined) === (exact === undefined)) {
    throw invalidRequest("Missing required param: amount.", "parameter_missing", "amount");
  }
  const product =
    typeof given === "string" ? store.get("product", given, "product") : createProduct(context, given);
  if (parameters.tiers !== undefined) store.hiddenFields.set(id, { tiers: tiersOf(parameters.tiers) });
  const price = storePrice(context, {
    ...present({ active: parameters.active, billing_scheme: parameters.billing_scheme }),
    ...present({ metadata: parameters.metadata, nickname: parameters.nickname }),
    ...present({ tiers_mode: parameters.tiers_mode, transform_quantity: parameters.transform_usage }),
    currency: parameters.currency,
    id,
    product: product.id,
    recurring: {
      interval: parameters.interval,
      interval_count: parameters.interval_count,
      meter: parameters.meter,
      trial_period_days: parameters.trial_period_days,
      usage_type: parameters.usage_type,
    },
    ...(isTiered ? {} : { unit_amount_decimal: exact ?? Stripe.Decimal.from(amount ?? 0) }),
  });
  return planOf(store, price);
}

function update(
  { context, id }: Call,
  { metadata: given, trial_period_days: trial, ...fields }: Parsed<typeof updateParameters>,
): Stripe.Plan {
  const { store } = context;
  const before = find(context, id);
  const after = store.patch("price", before, {
    ...present(fields),
    metadata: changedMetadata(before.metadata, given),
    recurring: before.recurring && { ...before.recurring, ...present({ trial_period_days: trial }) },
  });
  const plan = planOf(store, after);
  context.emit("plan.updated", plan, previousAttributes(planOf(store, before), plan));
  context.emit("price.updated", after, previousAttributes(before, after));
  return plan;
}

/** Deletes a plan, and so its price: `plan.deleted`, `price.deleted`. Subscriptions to it go on. */
function remove({ context, id }: Call): Stripe.DeletedPlan {
  const price = find(context, id);
  context.store.remove("price", id);
  context.emit("plan.deleted", planOf(context.store, price));
  context.emit("price.deleted", price);
  return { id, object: "plan", deleted: true };
}
