import Stripe from "stripe";
import { planOf } from "../billing/subscription-item.ts";
import { invalidRequest } from "../protocol/errors.ts";
import { newId } from "../protocol/ids.ts";
import { changedMetadata, type MetadataChange } from "../protocol/parameter-kinds.ts";
import type { Context } from "../state/context.ts";

export interface PriceFields {
  currency: string;
  product: string;
  id?: string | undefined;
  active?: boolean | undefined;
  billing_scheme?: "per_unit" | "tiered" | undefined;
  custom_unit_amount?: Stripe.Price.CustomUnitAmount | null | undefined;
  lookup_key?: string | undefined;
  metadata?: MetadataChange | undefined;
  nickname?: string | undefined;
  recurring?:
    | {
        interval: Stripe.Price.Recurring["interval"];
        interval_count?: number | undefined;
        meter?: string | undefined;
        trial_period_days?: number | undefined;
        usage_type?: "licensed" | "metered" | undefined;
      }
    | undefined;
  tax_behavior?: "exclusive" | "inclusive" | "unspecified" | undefined;
  tiers_mode?: "graduated" | "volume" | undefined;
  transform_quantity?: Stripe.Price.TransformQuantity | undefined;
  unit_amount?: number | undefined;
  unit_amount_decimal?: Stripe.Decimal | undefined;
}

/** Stores a price: `plan.created` if it is recurring, `price.created`. Throws a 400 without exactly one amount; `param` names the hash that should have it. */
export function storePrice(context: Context, fields: PriceFields, param?: string): Stripe.Price {
  const isTiered = fields.billing_scheme === "tiered";
  const amount = isTiered || fields.custom_unit_amount ? undefined : amountOf(fields, param);
  const { recurring } = fields;
  const price = context.store.put("price", {
    id: fields.id ?? newId("price"),
    object: "price",
    active: fields.active ?? true,
    billing_scheme: isTiered ? "tiered" : "per_unit",
    created: context.clock.now(),
    currency: fields.currency,
    custom_unit_amount: fields.custom_unit_amount ?? null,
    livemode: false,
    lookup_key: fields.lookup_key ?? null,
    metadata: changedMetadata({}, fields.metadata),
    nickname: fields.nickname ?? null,
    product: fields.product,
    recurring:
      recurring === undefined
        ? null
        : {
            interval: recurring.interval,
            interval_count: recurring.interval_count ?? 1,
            meter: recurring.meter ?? null,
            trial_period_days: recurring.trial_period_days ?? null,
            usage_type: recurring.usage_type ?? "licensed",
          },
    tax_behavior: fields.tax_behavior ?? "unspecified",
    tiers_mode: fields.tiers_mode ?? null,
    transform_quantity: fields.transform_quantity ?? null,
    type: recurring === undefined ? "one_time" : "recurring",
    ...unitAmounts(amount),
  });
  if (price.recurring !== null) context.emit("plan.created", planOf(context.store, price));
  context.emit("price.created", price);
  return price;
}

/** Both forms of an amount per unit: the whole one is null when there are decimals. */
export function unitAmounts(amount: Stripe.Decimal | undefined): {
  unit_amount: number | null;
  unit_amount_decimal: Stripe.Decimal | null;
} {
  if (amount === undefined) return { unit_amount: null, unit_amount_decimal: null };
  const isWhole = !amount.toString().includes(".");
  return { unit_amount: isWhole ? amount.toNumber() : null, unit_amount_decimal: amount };
}

/** The amount per unit. Throws a 400 unless it is given in exactly one form. */
export function amountOf(
  {
    unit_amount: whole,
    unit_amount_decimal: decimal,
  }: Pick<PriceFields, "unit_amount" | "unit_amount_decimal">,
  param?: string,
): Stripe.Decimal {
  const name = param === undefined ? "unit_amount" : `${param}[unit_amount]`;
  if (whole !== undefined && decimal !== undefined) {
    throw invalidRequest(
      "You may only specify one of these parameters: unit_amount, unit_amount_decimal.",
      undefined,
      name,
    );
  }
  if (whole === undefined && decimal === undefined) {
    throw invalidRequest(`Missing required param: ${name}.`, "parameter_missing", name);
  }
  return decimal ?? Stripe.Decimal.from(whole ?? 0);
}
