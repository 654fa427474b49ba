/** Creates and changes invoices that are drafts. */
import type Stripe from "stripe";
import { draftManualInvoice } from "../billing/draft-invoice.ts";
import { editDraft } from "../billing/edit-draft.ts";
import { pendingItems } from "../billing/invoice-item.ts";
import { changeInvoice } from "../payments/settle-invoice.ts";
import { present } from "../present.ts";
import { invalidRequest } from "../protocol/errors.ts";
import { changedMetadata } from "../protocol/parameter-kinds.ts";
import type { Parsed } from "../protocol/parameters.ts";
import type { Context } from "../state/context.ts";
import { inheritedDiscounts, redeemedDiscounts } from "./discount-parameters.ts";
import type { createParameters, updateParameters } from "./invoice-parameters.ts";
import { assertMethodOf } from "./subscription-checks.ts";
import { taxRatesOf } from "./tax-rate-ids.ts";

const SECONDS_PER_DAY = 86_400;
/** Stripe leaves an hour to change a draft that finalizes itself. */
const DRAFT_SECONDS = 60 * 60;
/** What can be changed once an invoice is finalized. */
const AFTER_FINALIZATION: ReadonlySet<string> = new Set([
  ...[
    "auto_advance",
    "description",
    "footer",
    "metadata",
    "default_payment_method",
    "days_until_due",
    "due_date",
  ],
]);

type Creation = Parsed<typeof createParameters>;
type Update = Parsed<typeof updateParameters>;

/** Stores a draft, with the pending invoice items if they are to be included: `invoice.created`. */
export function createDraft(context: Context, parameters: Creation): Stripe.Invoice {
  const { store } = context;
  const subscription =
    parameters.subscription === undefined
      ? undefined
      : store.get("subscription", parameters.subscription, "subscription");
  const customerId = parameters.customer ?? (subscription && String(subscription.customer));
  if (customerId === undefined) {
    throw invalidRequest("Missing required param: customer.", "parameter_missing", "customer");
  }
  const customer = store.get("customer", customerId, "customer");
  const code = parameters.currency ?? subscription?.currency ?? currencyOf(context, customer);
  const pending = pendingItems(store, {
    customer: customer.id,
    currency: code,
    subscription: subscription?.id,
  });
  const isIncluded = parameters.pending_invoice_items_behavior === "include" || subscription !== undefined;
  const items = pending.filter(
    (item) =>
      subscription === undefined || item.parent?.subscription_details?.subscription === subscription.id,
  );
  const fields = draftFields(context, parameters, undefined, customer.id);
  const discounts =
    parameters.discounts === undefined
      ? inheritedDiscounts(context, customer.id)
      : invoiceDiscounts(context, parameters.discounts, customer.id, code);
  const draft = draftManualInvoice(context, customer, code, isIncluded ? items : [], {
    ...fields,
    discounts,
    metadata: changedMetadata({}, parameters.metadata),
    parent:
      subscription === undefined
        ? null
        : {
            quote_details: null,
            subscription_details: { metadata: subscription.metadata, subscription: subscription.id },
            type: "subscription_details",
          },
  });
  context.emit("invoice.created", draft);
  return draft;
}

/** The currency of an invoice that names none: that of the customer, or of what is pending. */
function currencyOf({ store }: Context, customer: Stripe.Customer): string {
  const pending = store
    .all("invoiceitem")
    .find((item) => item.customer === customer.id && item.invoice === null);
  return pending?.currency ?? customer.currency ?? "usd";
}

/** Changes an invoice: `invoice.updated`. Throws a 400 for what a finalized invoice does not take. */
export function updateInvoice(context: Context, id: string, parameters: Update): Stripe.Invoice {
  const before = context.store.get("invoice", id);
  const customer = String(before.customer);
  const frozen = Object.keys(parameters).find((name) => !AFTER_FINALIZATION.has(name));
  if (before.status !== "draft" && frozen !== undefined) {
    throw invalidRequest(
      `Finalized invoices can't be updated in this way: ${frozen} can only be changed while the invoice is a draft.`,
      "invoice_not_editable",
      frozen,
    );
  }
  const changes = {
    ...draftFields(context, parameters, before, customer),
    metadata: changedMetadata(before.metadata ?? {}, parameters.metadata),
    ...(parameters.discounts === undefined
      ? {}
      : { discounts: invoiceDiscounts(context, parameters.discounts, customer, before.currency) }),
  };
  return before.status === "draft"
    ? editDraft(context, before, changes)
    : changeInvoice(context, before, changes);
}

function invoiceDiscounts(
  context: Context,
  given: NonNullable<Creation["discounts"]> | null,
  customer: string,
  currency: string,
): string[] {
  return redeemedDiscounts(context, given ?? [], { owner: { customer }, customer, currency });
}

function draftFields(
  context: Context,
  parameters: Update,
  before: Stripe.Invoice | undefined,
  customer: string,
): Partial<Stripe.Invoice> {
  if (parameters.default_payment_method !== undefined) {
    assertMethodOf(context, parameters.default_payment_method, customer);
  }
  const { auto_advance: advances, custom_fields, description, effective_at, footer, number } = parameters;
  const now = context.clock.now();
  const isDraft = before === undefined || before.status === "draft";
  const finalizes = parameters.automatically_finalizes_at ?? (advances ? now + DRAFT_SECONDS : null);
  return {
    ...present({ auto_advance: advances, custom_fields, description, effective_at, footer, number }),
    ...present({
      collection_method: parameters.collection_method,
      default_payment_method: parameters.default_payment_method,
      statement_descriptor: parameters.statement_descriptor,
    }),
    ...dueDate(parameters, before, now),
    ...(isDraft && (advances !== undefined || parameters.automatically_finalizes_at !== undefined)
      ? { automatically_finalizes_at: finalizes }
      : {}),
    ...(parameters.default_tax_rates === undefined
      ? {}
      : { default_tax_rates: taxRatesOf(context, parameters.default_tax_rates, "default_tax_rates") }),
  };
}

/** When an invoice that is sent has to be paid. Throws a 400 when it is missing, or does not fit. */
function dueDate(
  { collection_method: given, days_until_due: days, due_date: date }: Update,
  before: Stripe.Invoice | undefined,
  now: number,
): Pick<Stripe.Invoice, "due_date"> | undefined {
  const method = given ?? before?.collection_method ?? "charge_automatically";
  const param = date === undefined ? "days_until_due" : "due_date";
  if (days !== undefined && date !== undefined) {
    throw invalidRequest("Pass either days_until_due or due_date.", undefined, "due_date");
  }
  if (method !== "send_invoice") {
    if (days === undefined && date === undefined) return given === undefined ? undefined : { due_date: null };
    throw invalidRequest(
      `You can only pass \`${param}\` when \`collection_method\` is set to \`send_invoice\`.`,
      undefined,
      param,
    );
  }
  if (date !== undefined && date <= now) {
    throw invalidRequest("The due date must be in the future.", undefined, "due_date");
  }
  if (days === undefined && date === undefined) {
    if (typeof before?.due_date === "number") return undefined;
    throw invalidRequest(
      "If invoicing `send_invoice`, you must also specify either `days_until_due` or `due_date`.",
      "parameter_missing",
      "days_until_due",
    );
  }
  return { due_date: date ?? now + (days ?? 0) * SECONDS_PER_DAY };
}
