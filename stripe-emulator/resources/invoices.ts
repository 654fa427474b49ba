import type Stripe from "stripe";
import { methodOf } from "../billing/advance-invoice.ts";
import { finalizeInvoice, intentOf } from "../billing/collect-invoice.ts";
import { markUncollectible, voidInvoice } from "../billing/end-invoice.ts";
import { cancelIntent } from "../payments/cancel-intent.ts";
import { confirmIntent } from "../payments/confirm-intent.ts";
import { resolvePaymentMethod } from "../payments/payment-method.ts";
import { payOutOfBand } from "../payments/settle-invoice.ts";
import { present } from "../present.ts";
import { invalidRequest, StripeApiError } from "../protocol/errors.ts";
import { inRange, page } from "../protocol/pagination.ts";
import { pageParameters } from "../protocol/parameter-kinds.ts";
import { boolean, type Parsed } from "../protocol/parameters.ts";
import { type FieldText, readSearchQuery } from "../protocol/search-query.ts";
import type { Context } from "../state/context.ts";
import { allOrNothing } from "../state/trial-run.ts";
import { createDraft, updateInvoice } from "./draft-invoices.ts";
import { type Call, endpoint } from "./endpoint.ts";
import {
  createParameters,
  listParameters,
  payParameters,
  searchParameters,
  updateParameters,
} from "./invoice-parameters.ts";
import { previewInvoice } from "./invoice-preview.ts";
import { previewParameters } from "./invoice-preview-parameters.ts";

export const invoiceEndpoints = [
  endpoint("POST", "/v1/invoices", createParameters, ({ context }, parameters) =>
    allOrNothing(context, (copy) => createDraft(copy, parameters)),
  ),
  endpoint("POST", "/v1/invoices/create_preview", previewParameters, ({ context }, parameters) =>
    previewInvoice(context, parameters),
  ),
  endpoint("GET", "/v1/invoices", listParameters, listInvoices),
  endpoint("GET", "/v1/invoices/search", searchParameters, search),
  endpoint("GET", "/v1/invoices/:id", {}, ({ context, id }) => context.store.get("invoice", id)),
  endpoint("GET", "/v1/invoices/:id/lines", pageParameters, ({ context, id, path }, paging) =>
    page(context.store.get("invoice", id).lines.data.toReversed(), paging, path),
  ),
  endpoint("POST", "/v1/invoices/:id/finalize", { auto_advance: boolean() }, finalize),
  endpoint("POST", "/v1/invoices/:id/pay", payParameters, pay),
  endpoint("POST", "/v1/invoices/:id/send", {}, send),
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
  endpoint("POST", "/v1/invoices/:id", updateParameters, ({ context, id }, parameters) =>
    allOrNothing(context, (copy) => updateInvoice(copy, id, parameters)),
  ),
  endpoint("DELETE", "/v1/invoices/:id", {}, remove),
];

const SEARCHED_FIELDS: Readonly<Record<string, FieldText<Stripe.Invoice>>> = {
  currency: ({ currency }) => currency,
  customer: ({ customer }) => String(customer),
  number: ({ number }) => number,
  receipt_number: ({ receipt_number: number }) => number,
  status: ({ status }) => status,
  subscription: ({ parent }) => textOf(parent?.subscription_details?.subscription),
  metadata: ({ metadata }, key) => metadata?.[key] ?? null,
};

function textOf(value: string | { id: string } | undefined): string | null {
  return value === undefined ? null : typeof value === "string" ? value : value.id;
}

function search(
  { context, path }: Call,
  { query, limit, page: after }: Parsed<typeof searchParameters>,
): Stripe.ApiSearchResult<Stripe.Invoice> {
  const isWanted = readSearchQuery(query, SEARCHED_FIELDS);
  const paging = present({ limit, starting_after: after });
  const { data, has_more } = page(context.store.all("invoice"), paging, path, isWanted);
  const next = has_more ? (data.at(-1)?.id ?? null) : null;
  return { object: "search_result", data, has_more, next_page: next, url: path };
}

function listInvoices({ context, path }: Call, parameters: Parsed<typeof listParameters>) {
  const {
    collection_method: collection,
    created,
    customer,
    due_date: due,
    status,
    subscription,
    ...paging
  } = parameters;
  const isWanted = (invoice: Stripe.Invoice) =>
    inRange(invoice.created, created) &&
    (due === undefined || (invoice.due_date !== null && inRange(invoice.due_date, due))) &&
    (collection === undefined || invoice.collection_method === collection) &&
    (customer === undefined || invoice.customer === customer) &&
    (status === undefined || invoice.status === status) &&
    (subscription === undefined || invoice.parent?.subscription_details?.subscription === subscription);
  return page(context.store.all("invoice"), paging, path, isWanted);
}

function finalize(
  { context, id }: Call,
  { auto_advance: advances }: { auto_advance?: boolean },
): Stripe.Invoice {
  const draft = context.store.get("invoice", id);
  if (draft.status !== "draft") {
    throw invalidRequest(
      "This invoice is already finalized, you can't re-finalize a non-draft invoice.",
      "invoice_not_editable",
    );
  }
  return finalizeInvoice(
    context,
    { ...draft, ...present({ auto_advance: advances }) },
    subscriptionOf(context, draft),
  ).invoice;
}

function pay({ context, id }: Call, parameters: Parsed<typeof payParameters>): Stripe.Invoice {
  const { store } = context;
  const draft = store.get("invoice", id);
  const subscription = subscriptionOf(context, draft);
  const { payment_method: given = parameters.source, paid_out_of_band: isOutside } = parameters;
  const method =
    given === undefined
      ? methodOf(context, draft, subscription)
      : resolvePaymentMethod(context, given, parameters.source === undefined ? "payment_method" : "source");
  if (draft.status !== "draft") assertPayable(draft, "pay");
  if (method === undefined && !isOutside && draft.amount_due > 0) {
    throw invalidRequest(
      "There is no default payment method on this invoice, its subscription or its customer.",
      "invoice_no_payment_method_types",
    );
  }
  const invoice = draft.status === "draft" ? finalizeInvoice(context, draft, subscription).invoice : draft;
  const intent = intentOf(context, id);
  if (isOutside && invoice.status !== "paid") {
    if (intent !== undefined) cancelIntent(context, intent, "automatic");
    return payOutOfBand(context, invoice);
  }
  if (intent === undefined || method === undefined) return invoice;
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

/** Finalizes a draft and sends the invoice: `invoice.sent`. */
function send({ context, id }: Call): Stripe.Invoice {
  const draft = context.store.get("invoice", id);
  if (draft.collection_method !== "send_invoice") {
    throw invalidRequest("You can only manually send an invoice if its collection method is 'send_invoice'.");
  }
  if (draft.status === "void") throw notNow(draft, "send");
  if (draft.customer_email === null) {
    throw invalidRequest(
      "The customer of this invoice has no email address to send it to: set the customer's email first.",
    );
  }
  const invoice =
    draft.status === "draft"
      ? finalizeInvoice(context, draft, subscriptionOf(context, draft)).invoice
      : draft;
  context.emit("invoice.sent", invoice);
  return invoice;
}

/** Deletes a draft: `invoice.deleted`. Its invoice items are pending again. */
function remove({ context, id }: Call): Stripe.DeletedInvoice {
  const { store } = context;
  const invoice = store.get("invoice", id);
  if (invoice.status !== "draft" || invoice.parent?.subscription_details) {
    throw invalidRequest(
      "You can only delete draft invoices that were not created by a subscription.",
      "invoice_not_editable",
    );
  }
  for (const item of store.all("invoiceitem")) {
    if (item.invoice === id) store.patch("invoiceitem", item, { invoice: null });
  }
  store.remove("invoice", id);
  context.emit("invoice.deleted", invoice);
  return { id, object: "invoice", deleted: true };
}

function subscriptionOf({ store }: Context, { parent }: Stripe.Invoice): Stripe.Subscription | undefined {
  return store.find("subscription", textOf(parent?.subscription_details?.subscription) ?? "");
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
