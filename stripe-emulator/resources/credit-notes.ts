import type Stripe from "stripe";
import { intentOf } from "../billing/collect-invoice.ts";
import { issueCreditNote, voidCreditNote } from "../billing/credit-note.ts";
import { sumOf, totalTaxes } from "../billing/taxes.ts";
import { present } from "../present.ts";
import { invalidRequest } from "../protocol/errors.ts";
import { newId } from "../protocol/ids.ts";
import { inRange, page } from "../protocol/pagination.ts";
import { changedMetadata, metadata, pageParameters, range, timestamp } from "../protocol/parameter-kinds.ts";
import {
  hash,
  integer,
  list,
  notEmulated,
  oneOf,
  type Parsed,
  required,
  string,
} from "../protocol/parameters.ts";
import { apiRequest } from "../state/api-request.ts";
import type { Context } from "../state/context.ts";
import { previousAttributes } from "../state/emit-event.ts";
import { allOrNothing, dryRun } from "../state/trial-run.ts";
import { amountLine, creditNoteLines, linesParameter, totalOf } from "./credit-note-lines.ts";
import { type Call, endpoint } from "./endpoint.ts";

const createParameters = {
  invoice: required(string()),
  amount: integer(1),
  credit_amount: integer(0),
  effective_at: timestamp(),
  email_type: oneOf("credit_note", "none"),
  lines: linesParameter,
  memo: string(),
  metadata: metadata(),
  out_of_band_amount: integer(0),
  reason: oneOf("duplicate", "fraudulent", "order_change", "product_unsatisfactory"),
  refund_amount: integer(0),
  refunds: list(
    hash({
      amount_refunded: integer(1),
      refund: required(string()),
      type: oneOf("refund"),
      payment_record_refund: notEmulated(),
    }),
    20,
  ),
  shipping_cost: notEmulated(),
} satisfies Record<Exclude<keyof Stripe.CreditNoteCreateParams, "expand">, unknown>;
const updateParameters = {
  memo: string(),
  metadata: metadata(),
} satisfies Record<Exclude<keyof Stripe.CreditNoteUpdateParams, "expand">, unknown>;
const listParameters = {
  ...pageParameters,
  created: range(),
  customer: string(),
  invoice: string(),
  customer_account: notEmulated(),
} satisfies Record<Exclude<keyof Stripe.CreditNoteListParams, "expand">, unknown>;
const previewLinesParameters = { ...createParameters, ...pageParameters };

export const creditNoteEndpoints = [
  endpoint("POST", "/v1/credit_notes", createParameters, ({ context }, parameters) =>
    allOrNothing(context, (copy) => create(copy, parameters)),
  ),
  endpoint(
    "GET",
    "/v1/credit_notes",
    listParameters,
    ({ context, path }, { created, customer, invoice, ...paging }) =>
      page(
        context.store.all("credit_note"),
        paging,
        path,
        (note) =>
          inRange(note.created, created) &&
          (customer === undefined || note.customer === customer) &&
          (invoice === undefined || note.invoice === invoice),
      ),
  ),
  endpoint("GET", "/v1/credit_notes/preview", createParameters, ({ context }, parameters) =>
    dryRun(context, (copy) => draftNote(copy, parameters).note),
  ),
  endpoint(
    "GET",
    "/v1/credit_notes/preview/lines",
    previewLinesParameters,
    ({ context, path }, parameters) => {
      const { limit, starting_after, ending_before, ...given } = parameters;
      const { note } = dryRun(context, (copy) => draftNote(copy, given));
      return page(note.lines.data.toReversed(), present({ limit, starting_after, ending_before }), path);
    },
  ),
  endpoint("GET", "/v1/credit_notes/:id", {}, ({ context, id }) => context.store.get("credit_note", id)),
  endpoint("GET", "/v1/credit_notes/:id/lines", pageParameters, ({ context, id, path }, paging) =>
    page(context.store.get("credit_note", id).lines.data.toReversed(), paging, path),
  ),
  endpoint("POST", "/v1/credit_notes/:id", updateParameters, update),
  endpoint("POST", "/v1/credit_notes/:id/void", {}, voidNote),
];

type Parameters = Parsed<typeof createParameters>;

function create(context: Context, parameters: Parameters): Stripe.CreditNote {
  const { note, credit, refund } = draftNote(context, parameters);
  const intent = intentOf(context, String(note.invoice));
  if (refund === 0) return issueCreditNote(context, note, credit);
  if (intent === undefined) {
    throw invalidRequest("The invoice has no payment to refund.", undefined, "refund_amount");
  }
  const id = apiRequest(context, "POST", "/v1/refunds", { payment_intent: intent.id, amount: refund });
  const refunds = [
    ...note.refunds,
    { amount_refunded: refund, payment_record_refund: null, refund: id, type: "refund" },
  ];
  return issueCreditNote(context, { ...note, refunds }, credit);
}

interface DraftNote {
  note: Stripe.CreditNote;
  /** What the customer's balance gets, in the smallest unit. */
  credit: number;
  /** What is still to be refunded. */
  refund: number;
}

/** A credit note that is not stored yet. Throws a 400 when it credits more than the invoice has. */
function draftNote(context: Context, parameters: Parameters): DraftNote {
  const { store, clock } = context;
  const invoice = store.get("invoice", parameters.invoice, "invoice");
  if (invoice.status !== "open" && invoice.status !== "paid" && invoice.status !== "uncollectible") {
    throw invalidRequest(
      `A credit note needs a finalized invoice; the status of ${invoice.id} is ${invoice.status}.`,
      undefined,
      "invoice",
    );
  }
  const lines = linesOf(context, invoice, parameters);
  const amount = lines.reduce((sum, line) => sum + totalOf(line), 0);
  const id = newId("cn");
  const discounts = lines.flatMap((line) => line.discount_amounts);
  const discount = lines.reduce((sum, line) => sum + line.discount_amount, 0);
  const taxes = lines.flatMap((line) => line.taxes ?? []);
  const subtotal = lines.reduce((sum, line) => sum + line.amount, 0);
  const exclusive = sumOf(taxes, "exclusive");
  const inclusive = sumOf(taxes, "inclusive");
  const settled = settlement(context, invoice, parameters, amount);
  const count = store.all("credit_note").filter((other) => other.invoice === invoice.id).length + 1;
  const note: Stripe.CreditNote = {
    id,
    object: "credit_note",
    amount,
    amount_shipping: 0,
    created: clock.now(),
    currency: invoice.currency,
    customer: String(invoice.customer),
    customer_account: null,
    customer_balance_transaction: null,
    discount_amount: discount,
    discount_amounts: discounts,
    effective_at: parameters.effective_at ?? clock.now(),
    invoice: invoice.id,
    lines: { object: "list", data: lines, has_more: false, url: `/v1/credit_notes/${id}/lines` },
    livemode: false,
    memo: parameters.memo ?? null,
    metadata: changedMetadata({}, parameters.metadata),
    number: `${invoice.number ?? invoice.id}-CN-${String(count).padStart(2, "0")}`,
    out_of_band_amount: parameters.out_of_band_amount ?? null,
    pdf: `${context.origin}/_emulator/invoices/${invoice.id}`,
    post_payment_amount: invoice.status === "paid" ? amount : 0,
    pre_payment_amount: invoice.status === "paid" ? 0 : amount,
    pretax_credit_amounts: discounts.map((entry) => ({ ...entry, type: "discount" })),
    reason: parameters.reason ?? null,
    refunds: settled.refunds,
    shipping_cost: null,
    status: "issued",
    subtotal,
    subtotal_excluding_tax: subtotal - inclusive,
    total: amount,
    total_excluding_tax: amount - exclusive - inclusive,
    total_taxes: totalTaxes(lines.map((line) => line.taxes ?? [])),
    type: invoice.status === "paid" ? "post_payment" : "pre_payment",
    voided_at: null,
  };
  return { note, credit: settled.credit, refund: settled.refund };
}

function linesOf(
  context: Context,
  invoice: Stripe.Invoice,
  { amount, lines: given, credit_amount: credit, refund_amount: refund }: Parameters,
): Stripe.CreditNoteLineItem[] {
  const total = amount ?? (given === undefined ? (credit ?? 0) + (refund ?? 0) : undefined);
  if (given === undefined) {
    if (total === undefined || total === 0) {
      throw invalidRequest("You must specify one of: amount, lines.", "parameter_missing", "amount");
    }
    return [amountLine(total)];
  }
  const lines = creditNoteLines(context, invoice, given);
  const sum = lines.reduce((before, line) => before + totalOf(line), 0);
  if (amount !== undefined && amount !== sum) {
    throw invalidRequest(`The lines credit ${sum}, not ${amount}.`, undefined, "amount");
  }
  return lines;
}

/** How the credited amount reaches the customer. Throws a 400 when that does not add up. */
function settlement(
  { store }: Context,
  invoice: Stripe.Invoice,
  parameters: Parameters,
  amount: number,
): { credit: number; refund: number; refunds: Stripe.CreditNote.Refund[] } {
  const {
    credit_amount: credit = 0,
    refund_amount: refund = 0,
    out_of_band_amount: outside = 0,
  } = parameters;
  const param = parameters.lines === undefined ? "amount" : "lines";
  const left =
    invoice.status === "paid"
      ? invoice.total - invoice.pre_payment_credit_notes_amount - invoice.post_payment_credit_notes_amount
      : invoice.amount_remaining;
  if (amount > left) {
    throw invalidRequest(
      `The amount of the credit note (${amount}) is greater than what can still be credited of the invoice (${left}).`,
      undefined,
      param,
    );
  }
  const refunds = (parameters.refunds ?? []).map(({ refund: id, amount_refunded: part }, index) => {
    const found = store.get("refund", id, `refunds[${index}][refund]`);
    return { amount_refunded: part ?? found.amount, payment_record_refund: null, refund: id, type: "refund" };
  });
  const refunded = refunds.reduce((sum, { amount_refunded: part }) => sum + part, 0);
  const sum = credit + refund + outside + refunded;
  if (invoice.status === "paid" ? sum === amount : sum === 0) return { credit, refund, refunds };
  const message =
    invoice.status === "paid"
      ? `The sum of credit amount, refund amount, out of band amount and refunds (${sum}) must equal the credit note amount (${amount}).`
      : "An invoice that is not paid has nothing to refund: its credit notes only reduce what is due.";
  throw invalidRequest(message, undefined, refund > 0 ? "refund_amount" : "credit_amount");
}

function update(
  { context, id }: Call,
  { memo, metadata: given }: Parsed<typeof updateParameters>,
): Stripe.CreditNote {
  const before = context.store.get("credit_note", id);
  const after = context.store.patch("credit_note", before, {
    ...present({ memo }),
    metadata: changedMetadata(before.metadata ?? {}, given),
  });
  context.emit("credit_note.updated", after, previousAttributes(before, after));
  return after;
}

function voidNote({ context, id }: Call): Stripe.CreditNote {
  const note = context.store.get("credit_note", id);
  const invoice = context.store.get("invoice", String(note.invoice));
  if (note.status === "void") throw invalidRequest("This credit note has already been voided.");
  if (invoice.status !== "open") {
    throw invalidRequest("You can only void credit notes whose invoice is open.");
  }
  return voidCreditNote(context, note);
}
