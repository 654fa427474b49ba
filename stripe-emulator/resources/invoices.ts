import type Stripe from "stripe";
import { intentOf } from "../billing/collect-invoice.ts";
import { markUncollectible, voidInvoice } from "../billing/end-invoice.ts";
import { paymentMethodOf } from "../billing/payment-method-of.ts";
import { confirmIntent } from "../payments/confirm-intent.ts";
import { resolvePaymentMethod } from "../payments/payment-method.ts";
import { changeInvoice } from "../payments/settle-invoice.ts";
import { invalidRequest, StripeApiError } from "../protocol/errors.ts";
import { inRange, page } from "../protocol/pagination.ts";
import { changedMetadata, metadata, pageParameters, range } from "../protocol/parameter-kinds.ts";
import { boolean, emptyable, notEmulated, oneOf, type Parsed, string } from "../protocol/parameters.ts";
import { type Call, endpoint } from "./endpoint.ts";

const listParameters = {
  ...pageParameters,
  created: range(),
  customer: string(),
  status: oneOf("draft", "open", "paid", "uncollectible", "void"),
  subscription: string(),
};
const payParameters = {
  off_session: boolean(),
  payment_method: string(),
  forgive: notEmulated(),
  mandate: notEmulated(),
  paid_out_of_band: notEmulated(),
  source: notEmulated(),
} satisfies Record<Exclude<keyof Stripe.InvoicePayParams, "expand">, unknown>;
/** What can still be changed when an invoice is finalized. */
const updateParameters = {
  auto_advance: boolean(),
  description: emptyable(string(1500)),
  footer: emptyable(string()),
  metadata: metadata(),
  account_tax_ids: notEmulated(),
  application_fee_amount: notEmulated(),
  automatic_tax: notEmulated(),
  automatically_finalizes_at: notEmulated(),
  collection_method: notEmulated(),
  custom_fields: notEmulated(),
  days_until_due: notEmulated(),
  default_payment_method: notEmulated(),
  default_source: notEmulated(),
  default_tax_rates: notEmulated(),
  discounts: notEmulated(),
  due_date: notEmulated(),
  effective_at: notEmulated(),
  issuer: notEmulated(),
  number: notEmulated(),
  on_behalf_of: notEmulated(),
  payment_settings: notEmulated(),
  rendering: notEmulated(),
  shipping_cost: notEmulated(),
  shipping_details: notEmulated(),
  statement_descriptor: notEmulated(),
  transfer_data: notEmulated(),
} satisfies Record<Exclude<keyof Stripe.InvoiceUpdateParams, "expand">, unknown>;
/** Only subscriptions make invoices, which are finalized at once: a caller never sees a draft. */
export const invoiceEndpoints = [
  endpoint(
    "GET",
    "/v1/invoices",
    listParameters,
    ({ context, path }, { created, customer, status, subscription, ...paging }) => {
      const isWanted = (invoice: Stripe.Invoice) =>
        inRange(invoice.created, created) &&
        (customer === undefined || invoice.customer === customer) &&
        (status === undefined || invoice.status === status) &&
        (subscription === undefined || invoice.parent?.subscription_details?.subscription === subscription);
      return page(context.store.all("invoice").filter(isWanted), paging, path);
    },
  ),
  endpoint("GET", "/v1/invoices/:id", {}, ({ context, id }) => context.store.get("invoice", id)),
  endpoint("POST", "/v1/invoices/:id/finalize", { auto_advance: boolean() }, ({ context, id }) => {
    context.store.get("invoice", id);
    throw invalidRequest(
      "This invoice is already finalized, you can't re-finalize a non-draft invoice.",
      "invoice_not_editable",
    );
  }),
  endpoint("POST", "/v1/invoices/:id/pay", payParameters, pay),
  endpoint("POST", "/v1/invoices/:id/void", {}, ({ context, id }) => {
    const invoice = context.store.get("invoice", id);
    assertPayable(invoice, "void");
    return voidInvoice(context, invoice);
  }),
  endpoint("POST", "/v1/invoices/:id/mark_uncollectible", {}, ({ context, id }) => {
    const invoice = context.store.get("invoice", id);
    if (invoice.status === "uncollectible") throw notNow(invoice, "mark_uncollectible");
    assertPayable(invoice, "mark_uncollectible");
    return markUncollectible(context, invoice);
  }),
  endpoint("POST", "/v1/invoices/:id", updateParameters, update),
];

function pay({ context, id }: Call, parameters: Parsed<typeof payParameters>): Stripe.Invoice {
  const { store } = context;
  const invoice = store.get("invoice", id);
  assertPayable(invoice, "pay");
  const intent = intentOf(context, id);
  const subscription = store.find("subscription", String(invoice.parent?.subscription_details?.subscription));
  const method =
    parameters.payment_method === undefined
      ? subscription && paymentMethodOf(context, subscription)
      : resolvePaymentMethod(context, parameters.payment_method, "payment_method");
  if (intent === undefined || method === undefined) {
    throw invalidRequest(
      "There is no default payment method on this invoice, its subscription or its customer.",
      "invoice_no_payment_method_types",
    );
  }
  const confirmed = confirmIntent(context, intent, method, {
    offSession: parameters.off_session ?? true,
    returnUrl: null,
  });
  if (confirmed.status === "requires_action") {
    const message = "This invoice payment requires an additional action before it can be completed.";
    throw new StripeApiError(402, {
      type: "card_error",
      code: "invoice_payment_intent_requires_action",
      message,
    });
  }
  return store.get("invoice", id);
}

function update(
  { context, id }: Call,
  { metadata: given, ...fields }: Parsed<typeof updateParameters>,
): Stripe.Invoice {
  const invoice = context.store.get("invoice", id);
  return changeInvoice(context, invoice, {
    ...fields,
    metadata: changedMetadata(invoice.metadata ?? {}, given),
  });
}

function assertPayable(invoice: Stripe.Invoice, action: string): void {
  if (invoice.status === "open" || invoice.status === "uncollectible") return;
  if (invoice.status === "paid") throw invalidRequest("Invoice is already paid", "invoice_already_paid");
  throw notNow(invoice, action);
}

function notNow({ status }: Stripe.Invoice, action: string): StripeApiError {
  return invalidRequest(
    `You cannot ${action} this invoice because its status is ${status}.`,
    "invoice_not_editable",
  );
}
