import type Stripe from "stripe";
import { isValid } from "../billing/discount.ts";
import { present } from "../present.ts";
import { invalidRequest } from "../protocol/errors.ts";
import { randomText } from "../protocol/ids.ts";
import { inRange, page } from "../protocol/pagination.ts";
import {
  changedMetadata,
  currency,
  decimalNumber,
  metadata,
  pageParameters,
  range,
  record,
  timestamp,
} from "../protocol/parameter-kinds.ts";
import {
  emptyable,
  hash,
  integer,
  list,
  oneOf,
  type Parsed,
  required,
  string,
} from "../protocol/parameters.ts";
import type { Context } from "../state/context.ts";
import { previousAttributes } from "../state/emit-event.ts";
import { type Call, endpoint } from "./endpoint.ts";

const currencyOptions = record(hash({ amount_off: required(integer(1)) }));
const createParameters = {
  amount_off: integer(1),
  applies_to: hash({ products: list(string()) }),
  currency: currency(),
  currency_options: currencyOptions,
  duration: oneOf("forever", "once", "repeating"),
  duration_in_months: integer(1),
  id: string(),
  max_redemptions: integer(1),
  metadata: metadata(),
  name: string(40),
  percent_off: decimalNumber(0, 100),
  redeem_by: timestamp(),
} satisfies Record<Exclude<keyof Stripe.CouponCreateParams, "expand">, unknown>;
const updateParameters = {
  currency_options: currencyOptions,
  metadata: metadata(),
  name: emptyable(string(40)),
} satisfies Record<Exclude<keyof Stripe.CouponUpdateParams, "expand">, unknown>;
const listParameters = { ...pageParameters, created: range() };

export const couponEndpoints = [
  endpoint("POST", "/v1/coupons", createParameters, ({ context }, parameters) => create(context, parameters)),
  endpoint("GET", "/v1/coupons", listParameters, ({ context, path }, { created, ...paging }) =>
    page(
      context.store.all("coupon").map((coupon) => current(context, coupon)),
      paging,
      path,
      (coupon) => inRange(coupon.created, created),
    ),
  ),
  endpoint("GET", "/v1/coupons/:id", {}, ({ context, id }) =>
    current(context, context.store.get("coupon", id)),
  ),
  endpoint("POST", "/v1/coupons/:id", updateParameters, update),
  endpoint("DELETE", "/v1/coupons/:id", {}, remove),
];

/** A coupon whose time is over is not valid any more. */
function current({ clock }: Context, coupon: Stripe.Coupon): Stripe.Coupon {
  return { ...coupon, valid: isValid(coupon, clock.now()) };
}

function create(context: Context, parameters: Parsed<typeof createParameters>): Stripe.Coupon {
  const { store, clock } = context;
  const { amount_off: amount, percent_off: percent, id = randomText(8) } = parameters;
  const now = clock.now();
  assertTerms(context, parameters, now);
  if (store.find("coupon", id) !== undefined) {
    throw invalidRequest("Coupon already exists.", "resource_already_exists", "id");
  }
  const { applies_to: scope, currency_options: options } = parameters;
  store.hiddenFields.set(id, {
    ...(scope?.products === undefined ? {} : { applies_to: { products: scope.products } }),
    ...(options === undefined ? {} : { coupon_currency_options: byLowerCase(options) }),
  });
  const coupon = store.put("coupon", {
    id,
    object: "coupon",
    amount_off: amount ?? null,
    created: now,
    currency: amount === undefined ? null : (parameters.currency ?? null),
    duration: parameters.duration ?? "once",
    duration_in_months: parameters.duration_in_months ?? null,
    livemode: false,
    max_redemptions: parameters.max_redemptions ?? null,
    metadata: changedMetadata({}, parameters.metadata),
    name: parameters.name ?? null,
    percent_off: percent ?? null,
    redeem_by: parameters.redeem_by ?? null,
    times_redeemed: 0,
    valid: true,
  });
  context.emit("coupon.created", coupon);
  return coupon;
}

function assertTerms({ store }: Context, parameters: Parsed<typeof createParameters>, now: number): void {
  const { amount_off: amount, percent_off: percent, duration, duration_in_months: months } = parameters;
  if ((amount === undefined) === (percent === undefined)) {
    throw invalidRequest(
      "You must pass exactly one of `percent_off` and `amount_off`.",
      "parameter_missing",
      amount === undefined ? "percent_off" : "amount_off",
    );
  }
  if (percent === 0) {
    throw invalidRequest("Invalid percent_off: it must be greater than 0.", undefined, "percent_off");
  }
  if (amount !== undefined && parameters.currency === undefined) {
    throw invalidRequest("You must pass `currency` with `amount_off`.", "parameter_missing", "currency");
  }
  if ((duration === "repeating") !== (months !== undefined)) {
    throw invalidRequest(
      "`duration_in_months` is required if `duration` is `repeating`, and cannot be passed otherwise.",
      months === undefined ? "parameter_missing" : undefined,
      "duration_in_months",
    );
  }
  if (parameters.redeem_by !== undefined && parameters.redeem_by <= now) {
    throw invalidRequest("`redeem_by` must be in the future.", undefined, "redeem_by");
  }
  for (const [index, product] of (parameters.applies_to?.products ?? []).entries()) {
    store.get("product", product, `applies_to[products][${index}]`);
  }
}

function update(
  { context, id }: Call,
  { metadata: given, currency_options: options, ...fields }: Parsed<typeof updateParameters>,
): Stripe.Coupon {
  const { store } = context;
  const before = store.get("coupon", id);
  if (options !== undefined) {
    const hidden = store.hiddenFields.get(id) ?? {};
    const coupon_currency_options = { ...hidden.coupon_currency_options, ...byLowerCase(options) };
    store.hiddenFields.set(id, { ...hidden, coupon_currency_options });
  }
  const after = store.patch("coupon", before, {
    ...present(fields),
    metadata: changedMetadata(before.metadata ?? {}, given),
  });
  context.emit("coupon.updated", after, previousAttributes(before, after));
  return current(context, after);
}

/** Deletes a coupon: `coupon.deleted`. The discounts that were made from it stay. */
function remove({ context, id }: Call): Stripe.DeletedCoupon {
  const coupon = context.store.get("coupon", id);
  context.store.deletedCoupons.set(id, { ...coupon, valid: false });
  context.store.remove("coupon", id);
  context.emit("coupon.deleted", { ...coupon, valid: false });
  return { id, object: "coupon", deleted: true };
}

function byLowerCase<T>(options: Record<string, T>): Record<string, T> {
  return Object.fromEntries(Object.entries(options).map(([code, option]) => [code.toLowerCase(), option]));
}
