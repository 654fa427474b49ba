import Stripe from "stripe";
import { editDraft } from "../billing/edit-draft.ts";
import { storeInvoiceItem } from "../billing/invoice-item.ts";
import { amountFor, hasCurrency, times, whole } from "../billing/price-amount.ts";
import { pricingOf } from "../billing/proration.ts";
import { present } from "../present.ts";
import { invalidRequest } from "../protocol/errors.ts";
import { inRange, page } from "../protocol/pagination.ts";
import { changedMetadata, currency, pageParameters, range } from "../protocol/parameter-kinds.ts";
import { boolean, notEmulated, type Parsed, required, string } from "../protocol/parameters.ts";
import type { Context } from "../state/context.ts";
import { allOrNothing } from "../state/trial-run.ts";
import { redeemedDiscounts } from "./discount-parameters.ts";
import { type Call, endpoint } from "./endpoint.ts";
import { itemParameters } from "./invoice-item-parameters.ts";
import { storePrice } from "./store-price.ts";
import { taxRatesOf } from "./tax-rate-ids.ts";

const createParameters = {
  ...itemParameters,
  currency: currency(),
  customer: required(string()),
  invoice: string(),
  subscription: string(),
  customer_account: notEmulated(),
} satisfies Record<Exclude<keyof Stripe.InvoiceItemCreateParams, "expand">, unknown>;
const updateParameters = {
  ...itemParameters,
  invoicing_rules: notEmulated(),
} satisfies Record<Exclude<keyof Stripe.InvoiceItemUpdateParams, "expand">, unknown>;
const listParameters = {
  ...pageParameters,
  created: range(),
  customer: string(),
  invoice: string(),
  pending: boolean(),
  customer_account: notEmulated(),
} satisfies Record<Exclude<keyof Stripe.InvoiceItemListParams, "expand">, unknown>;

export const invoiceItemEndpoints = [
  endpoint("POST", "/v1/invoiceitems", createParameters, ({ context }, parameters) =>
    allOrNothing(context, (copy) => create(copy, parameters)),
  ),
  endpoint("GET", "/v1/invoiceitems", listParameters, listItems),
  endpoint("GET", "/v1/invoiceitems/:id", {}, ({ context, id }) => context.store.get("invoiceitem", id)),
  endpoint("POST", "/v1/invoiceitems/:id", updateParameters, ({ context, id }, parameters) =>
    allOrNothing(context, (copy) => update(copy, id, parameters)),
  ),
  endpoint("DELETE", "/v1/invoiceitems/:id", {}, remove),
];

type Creation = Parsed<typeof createParameters>;

/** Stores an invoice item, and puts it on its draft if it names one: `invoiceitem.created`, `invoice.updated`. */
export function create(context: Context, parameters: Creation): Stripe.InvoiceItem {
  const { store } = context;
  const customer = store.get("customer", parameters.customer, "customer");
  const invoice =
    parameters.invoice === undefined ? undefined : store.get("invoice", parameters.invoice, "invoice");
  const subscription =
    parameters.subscription === undefined
      ? undefined
      : store.get("subscription", parameters.subscription, "subscription");
  if (invoice !== undefined) assertDraft(invoice, customer.id);
  const code =
    parameters.currency ?? invoice?.currency ?? subscription?.currency ?? customer.currency ?? "usd";
  const quantity = quantityOf(parameters) ?? 1;
  const charged = chargeOf(context, parameters, quantity, code);
  if (charged === undefined) {
    throw invalidRequest("Missing required param: amount.", "parameter_missing", "amount");
  }
  const item = storeInvoiceItem(context, {
    ...charged,
    ...present({ discountable: parameters.discountable, period: periodOf(parameters) }),
    customer: customer.id,
    description: parameters.description ?? charged.description,
    discounts: discountsOf(context, parameters, customer.id, charged.currency),
    invoice: invoice?.id ?? null,
    metadata: changedMetadata({}, parameters.metadata),
    net_amount: charged.amount,
    parent:
      subscription === undefined
        ? null
        : { subscription_details: { subscription: subscription.id }, type: "subscription_details" },
    quantity,
    quantity_decimal: Stripe.Decimal.from(quantity),
    tax_rates: taxRatesOf(context, parameters.tax_rates ?? [], "tax_rates"),
    test_clock: customer.test_clock ?? null,
  });
  if (customer.currency === null) store.patch("customer", customer, { currency: charged.currency });
  if (invoice !== undefined) editDraft(context, invoice, {});
  return item;
}

function listItems({ context, path }: Call, parameters: Parsed<typeof listParameters>) {
  const { created, customer, invoice, pending, ...paging } = parameters;
  const isWanted = (item: Stripe.InvoiceItem) =>
    inRange(item.date, created) &&
    (customer === undefined || item.customer === customer) &&
    (invoice === undefined || item.invoice === invoice) &&
    (pending === undefined || (item.invoice === null) === pending);
  return page(context.store.all("invoiceitem"), paging, path, isWanted);
}

/** An invoice item can be changed as long as its invoice is a draft. Stripe has no event for this. */
function update(
  context: Context,
  id: string,
  parameters: Parsed<typeof updateParameters>,
): Stripe.InvoiceItem {
  const { store } = context;
  const before = store.get("invoiceitem", id);
  const invoice = before.invoice === null ? undefined : store.get("invoice", String(before.invoice));
  if (invoice !== undefined) assertDraft(invoice, String(before.customer));
  const given = quantityOf(parameters);
  if (before.proration && (given !== undefined || parameters.amount !== undefined)) {
    throw invalidRequest(
      "You cannot change the amount or the quantity of a proration.",
      undefined,
      parameters.amount === undefined ? "quantity" : "amount",
    );
  }
  const quantity = given ?? before.quantity;
  const charged = chargeOf(context, parameters, quantity, before.currency);
  const unit = before.pricing?.unit_amount_decimal;
  const amount =
    charged?.amount ??
    (given === undefined || unit === undefined ? before.amount : whole(times(unit, quantity)));
  const item = store.patch("invoiceitem", before, {
    ...(charged === undefined ? {} : { pricing: charged.pricing }),
    ...present({
      description: parameters.description,
      discountable: parameters.discountable,
      period: periodOf(parameters),
    }),
    amount,
    discounts:
      parameters.discounts === undefined
        ? before.discounts
        : discountsOf(context, parameters, String(before.customer), before.currency),
    metadata: changedMetadata(before.metadata ?? {}, parameters.metadata),
    net_amount: amount,
    quantity,
    quantity_decimal: Stripe.Decimal.from(quantity),
    tax_rates:
      parameters.tax_rates === undefined
        ? before.tax_rates
        : taxRatesOf(context, parameters.tax_rates, "tax_rates"),
  });
  if (invoice !== undefined) editDraft(context, invoice, {});
  return item;
}

function remove({ context, id }: Call): Stripe.DeletedInvoiceItem {
  const { store } = context;
  const item = store.get("invoiceitem", id);
  const invoice = item.invoice === null ? undefined : store.get("invoice", String(item.invoice));
  if (invoice !== undefined) assertDraft(invoice, String(item.customer));
  store.remove("invoiceitem", id);
  context.emit("invoiceitem.deleted", item);
  if (invoice !== undefined) editDraft(context, invoice, {});
  return { id, object: "invoiceitem", deleted: true };
}

interface Charged {
  amount: number;
  currency: string;
  description: string | null;
  pricing: Stripe.InvoiceItem.Pricing | null;
}

/** What a request charges: an amount, an amount per unit, or a price. Undefined if it names none of them. */
export function chargeOf(
  context: Context,
  given: Pick<
    Parsed<typeof updateParameters>,
    "amount" | "price_data" | "pricing" | "quantity" | "quantity_decimal" | "unit_amount_decimal"
  >,
  quantity: number,
  code: string,
): Charged | undefined {
  const { store } = context;
  const { amount, unit_amount_decimal: unit, price_data: data, pricing } = given;
  const ways = Object.entries({ amount, unit_amount_decimal: unit, price_data: data, pricing }).filter(
    ([, value]) => value !== undefined,
  );
  if (ways.length > 1) {
    const names = ways.map(([name]) => name).join(", ");
    throw invalidRequest(`You may only specify one of these parameters: ${names}.`, undefined, ways[1]?.[0]);
  }
  const isCounted = given.quantity !== undefined || given.quantity_decimal !== undefined;
  if (amount !== undefined && isCounted) {
    throw invalidRequest("You may only specify one of these parameters: amount, quantity.");
  }
  if (amount !== undefined) {
    const each = { type: "price_details" as const, unit_amount_decimal: Stripe.Decimal.from(amount) };
    return { amount, currency: code, description: null, pricing: each };
  }
  if (unit !== undefined) {
    const each = { type: "price_details" as const, unit_amount_decimal: unit };
    return { amount: whole(times(unit, quantity)), currency: code, description: null, pricing: each };
  }
  const price = priceOf(context, data, pricing?.price);
  if (price === undefined) return undefined;
  const currencyOfItem = hasCurrency(store, price, code) ? code : price.currency;
  return {
    amount: amountFor(store, price, quantity, currencyOfItem),
    currency: currencyOfItem,
    description: store.find("product", String(price.product))?.name ?? null,
    pricing: pricingOf(price),
  };
}

function priceOf(
  context: Context,
  data: Parsed<typeof updateParameters>["price_data"],
  id: string | undefined,
): Stripe.Price | undefined {
  if (data !== undefined) {
    context.store.get("product", data.product, "price_data[product]");
    return storePrice(context, data, "price_data");
  }
  if (id === undefined) return undefined;
  const price = context.store.get("price", id, "pricing[price]");
  if (price.recurring === null) return price;
  throw invalidRequest(
    `The price specified is set to \`type=recurring\` but this field only accepts prices with \`type=one_time\`.`,
    undefined,
    "pricing[price]",
  );
}

function quantityOf(given: Pick<Parsed<typeof updateParameters>, "quantity" | "quantity_decimal">) {
  return given.quantity ?? given.quantity_decimal?.toNumber();
}

function periodOf({ period }: Pick<Parsed<typeof updateParameters>, "period">) {
  if (period === undefined || period.end >= period.start) return period;
  throw invalidRequest("The end of the period must not be before its start.", undefined, "period[end]");
}

function discountsOf(
  context: Context,
  { discounts }: Pick<Parsed<typeof updateParameters>, "discounts">,
  customer: string,
  code: string,
): string[] {
  return redeemedDiscounts(context, discounts ?? [], { owner: { customer }, customer, currency: code });
}

function assertDraft(invoice: Stripe.Invoice, customer: string): void {
  if (invoice.customer !== customer) {
    throw invalidRequest(`The invoice ${invoice.id} belongs to another customer.`, undefined, "invoice");
  }
  if (invoice.status === "draft") return;
  throw invalidRequest(
    `This invoice is no longer editable: its status is ${invoice.status}, and only the items of a draft can be changed.`,
    "invoice_not_editable",
    "invoice",
  );
}
