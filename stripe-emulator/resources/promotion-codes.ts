import type Stripe from "stripe";
import { isValid } from "../billing/discount.ts";
import { present } from "../present.ts";
import { invalidRequest } from "../protocol/errors.ts";
import { newId, randomText } from "../protocol/ids.ts";
import { inRange, page } from "../protocol/pagination.ts";
import {
  changedMetadata,
  currency,
  metadata,
  pageParameters,
  range,
  record,
  timestamp,
} from "../protocol/parameter-kinds.ts";
import {
  boolean,
  formerly,
  hash,
  integer,
  notEmulated,
  oneOf,
  type Parsed,
  required,
  string,
} from "../protocol/parameters.ts";
import type { Context } from "../state/context.ts";
import { previousAttributes } from "../state/emit-event.ts";
import { type Call, endpoint } from "./endpoint.ts";

const currencyOptions = record(hash({ minimum_amount: integer(1) }));
const createParameters = {
  active: boolean(),
  code: string(500),
  coupon: formerly("2025-09-30", string()),
  customer: string(),
  expires_at: timestamp(),
  max_redemptions: integer(1),
  metadata: metadata(),
  promotion: hash({ type: required(oneOf("coupon")), coupon: string() }),
  restrictions: hash({
    currency_options: currencyOptions,
    first_time_transaction: boolean(),
    minimum_amount: integer(1),
    minimum_amount_currency: currency(),
  }),
  customer_account: notEmulated(),
} satisfies Record<Exclude<keyof Stripe.PromotionCodeCreateParams, "expand"> | "coupon", unknown>;
const updateParameters = {
  active: boolean(),
  metadata: metadata(),
  restrictions: hash({ currency_options: currencyOptions }),
} satisfies Record<Exclude<keyof Stripe.PromotionCodeUpdateParams, "expand">, unknown>;
const listParameters = {
  ...pageParameters,
  active: boolean(),
  code: string(),
  coupon: string(),
  created: range(),
  customer: string(),
  customer_account: notEmulated(),
} satisfies Record<Exclude<keyof Stripe.PromotionCodeListParams, "expand">, unknown>;

export const promotionCodeEndpoints = [
  endpoint("POST", "/v1/promotion_codes", createParameters, ({ context }, parameters) =>
    create(context, parameters),
  ),
  endpoint("GET", "/v1/promotion_codes", listParameters, listCodes),
  endpoint("GET", "/v1/promotion_codes/:id", {}, ({ context, id }) => {
    return current(context, context.store.get("promotion_code", id));
  }),
  endpoint("POST", "/v1/promotion_codes/:id", updateParameters, update),
];

/** A code whose time or number of redemptions is over is not active any more. */
function current({ store, clock }: Context, code: Stripe.PromotionCode): Stripe.PromotionCode {
  const { expires_at: expiry, max_redemptions: limit, times_redeemed: count } = code;
  const coupon = store.find("coupon", String(code.promotion.coupon));
  const isOver = (expiry !== null && expiry <= clock.now()) || (limit !== null && count >= limit);
  const isRedeemable = coupon !== undefined && isValid(coupon, clock.now());
  return { ...code, active: code.active && !isOver && isRedeemable };
}

function create(context: Context, parameters: Parsed<typeof createParameters>): Stripe.PromotionCode {
  const { store, clock } = context;
  const { promotion, restrictions, coupon: older, code = randomText(8).toUpperCase() } = parameters;
  if (promotion === undefined && older === undefined) {
    throw invalidRequest("Missing required param: promotion.", "parameter_missing", "promotion");
  }
  const couponId = promotion?.coupon ?? older;
  if (couponId === undefined) {
    throw invalidRequest(
      "Missing required param: promotion[coupon].",
      "parameter_missing",
      "promotion[coupon]",
    );
  }
  const coupon = store.get("coupon", couponId, promotion === undefined ? "coupon" : "promotion[coupon]");
  if (!isValid(coupon, clock.now())) {
    throw invalidRequest(`Coupon expired: ${coupon.id}`, "coupon_expired", "promotion[coupon]");
  }
  if (parameters.customer !== undefined) store.get("customer", parameters.customer, "customer");
  if (parameters.expires_at !== undefined && parameters.expires_at <= clock.now()) {
    throw invalidRequest("`expires_at` must be in the future.", undefined, "expires_at");
  }
  assertRestrictions(restrictions);
  assertFree(context, code, parameters.customer ?? null);
  const stored = store.put("promotion_code", {
    id: newId("promo"),
    object: "promotion_code",
    active: parameters.active ?? true,
    code,
    created: clock.now(),
    customer: parameters.customer ?? null,
    customer_account: null,
    expires_at: parameters.expires_at ?? null,
    livemode: false,
    max_redemptions: parameters.max_redemptions ?? null,
    metadata: changedMetadata({}, parameters.metadata),
    promotion: { coupon: coupon.id, type: "coupon" },
    restrictions: {
      first_time_transaction: restrictions?.first_time_transaction ?? false,
      minimum_amount: restrictions?.minimum_amount ?? null,
      minimum_amount_currency: restrictions?.minimum_amount_currency ?? null,
      ...currencyOptionsOf(restrictions?.currency_options),
    },
    times_redeemed: 0,
  });
  context.emit("promotion_code.created", stored);
  return stored;
}

type Restrictions = Parsed<typeof createParameters>["restrictions"];

function assertRestrictions(restrictions: Restrictions): void {
  const { minimum_amount: minimum, minimum_amount_currency: code } = restrictions ?? {};
  if ((minimum === undefined) === (code === undefined)) return;
  const missing = minimum === undefined ? "minimum_amount" : "minimum_amount_currency";
  throw invalidRequest(
    "`minimum_amount` and `minimum_amount_currency` go together.",
    "parameter_missing",
    `restrictions[${missing}]`,
  );
}

/** One customer can use no two active codes with the same text. */
function assertFree(context: Context, text: string, customer: string | null): void {
  const taken = context.store.all("promotion_code").some((other) => {
    const isSame = other.code.toLowerCase() === text.toLowerCase();
    const isShared = other.customer === null || customer === null || other.customer === customer;
    return isSame && isShared && current(context, other).active;
  });
  if (!taken) return;
  throw invalidRequest(
    `An active promotion code with \`code: ${text}\` already exists.`,
    "resource_already_exists",
    "code",
  );
}

function currencyOptionsOf(
  options: NonNullable<Restrictions>["currency_options"],
): Pick<Stripe.PromotionCode.Restrictions, "currency_options"> {
  if (options === undefined) return {};
  const entries = Object.entries(options).map(([code, { minimum_amount: minimum = 0 }]) => [
    code.toLowerCase(),
    { minimum_amount: minimum },
  ]);
  return { currency_options: Object.fromEntries(entries) };
}

function listCodes({ context, path }: Call, parameters: Parsed<typeof listParameters>) {
  const { active, code, coupon, created, customer, ...paging } = parameters;
  const isWanted = (found: Stripe.PromotionCode) =>
    inRange(found.created, created) &&
    (active === undefined || found.active === active) &&
    (code === undefined || found.code.toLowerCase() === code.toLowerCase()) &&
    (coupon === undefined || found.promotion.coupon === coupon) &&
    (customer === undefined || found.customer === customer);
  const codes = context.store.all("promotion_code").map((found) => current(context, found));
  return page(codes, paging, path, isWanted);
}

function update(
  { context, id }: Call,
  { active, metadata: given, restrictions }: Parsed<typeof updateParameters>,
): Stripe.PromotionCode {
  const before = context.store.get("promotion_code", id);
  if (active === true && !before.active)
    assertFree(context, before.code, before.customer === null ? null : String(before.customer));
  const after = context.store.patch("promotion_code", before, {
    ...present({ active }),
    metadata: changedMetadata(before.metadata ?? {}, given),
    restrictions: { ...before.restrictions, ...currencyOptionsOf(restrictions?.currency_options) },
  });
  context.emit("promotion_code.updated", after, previousAttributes(before, after));
  return current(context, after);
}
