/** The page at an invoice's `hosted_invoice_url`, where a person or a browser test sees and pays it. */
import type Stripe from "stripe";
import { intentOf } from "../billing/collect-invoice.ts";
import { contextFor, type Emulator } from "../emulator/emulator.ts";
import { confirmIntent } from "../payments/confirm-intent.ts";
import { StripeApiError } from "../protocol/errors.ts";
import { parseForm } from "../protocol/form-encoding.ts";
import { escapeHtml, formatAmount, html, type Page, pageHtml } from "./page-html.ts";
import { typedCard } from "./typed-card.ts";

export function invoicePage(emulator: Emulator, id: string, authentication: string | null): Page {
  const invoice = emulator.store.find("invoice", id);
  if (invoice === undefined) return html(404, pageHtml("Invoice", "<p>There is no such invoice.</p>"));
  const problem = authentication === "failed" ? "The authentication failed. Use another card." : undefined;
  return page(emulator, invoice, problem);
}

/** Pays with the card that was typed in, and sends the browser on: to the bank, or back to the invoice. */
export function submittedInvoice(emulator: Emulator, id: string, body: string): Page {
  const intent = payable(emulator, emulator.store.find("invoice", id));
  if (intent === undefined) return invoicePage(emulator, id, null);
  const context = contextFor(emulator, undefined, [id]);
  const address = `${emulator.origin}/_emulator/invoices/${id}`;
  try {
    const card = typedCard(context, parseForm(body));
    if (card === undefined) return invoicePage(emulator, id, null);
    const method = context.store.get("payment_method", card);
    const confirmed = confirmIntent(context, intent, method, { offSession: false, returnUrl: address });
    const location = confirmed.next_action?.redirect_to_url?.url ?? address;
    return { status: 303, headers: { location }, body: "" };
  } catch (error) {
    if (!(error instanceof StripeApiError)) throw error;
    return page(emulator, emulator.store.get("invoice", id), error.body.message);
  }
}

/** The payment that the payer can make; undefined if nothing is to be paid, or not by the payer. */
function payable(emulator: Emulator, invoice: Stripe.Invoice | undefined): Stripe.PaymentIntent | undefined {
  const isOpen = invoice?.status === "open" || invoice?.status === "uncollectible";
  const intent = isOpen ? intentOf(emulator, invoice.id) : undefined;
  return intent?.status === "processing" ? undefined : intent;
}

function page(emulator: Emulator, invoice: Stripe.Invoice, problem: string | undefined): Page {
  const intent = payable(emulator, invoice);
  const title = `Invoice ${invoice.number ?? ""}`.trim();
  const form = `<form method="post">
        <p><label>Card number<br><input name="card" autocomplete="cc-number" required></label></p>
        <button class="main">Pay</button>
      </form>`;
  return html(
    problem === undefined ? 200 : 402,
    pageHtml(
      title,
      `<span class="test">Test mode</span>
      <h1>${escapeHtml(title)}</h1>
      ${summary(invoice)}
      ${problem === undefined ? "" : `<p role="alert">${escapeHtml(problem)}</p>`}
      ${intent === undefined ? "" : form}`,
    ),
  );
}

/** The lines, what is added to them and taken off, and what is left to pay. */
function summary(invoice: Stripe.Invoice): string {
  const amountOf = (amount: number) => formatAmount(amount, invoice.currency);
  const lines = invoice.lines.data.map(
    ({ description, quantity, amount }) => `${description ?? "Item"} × ${quantity ?? 1}: ${amountOf(amount)}`,
  );
  const discount = (invoice.total_discount_amounts ?? []).reduce((sum, { amount }) => sum + amount, 0);
  const tax = invoice.total - (invoice.total_excluding_tax ?? invoice.total);
  const extras = [
    ...(discount === 0 ? [] : [`Discount: ${amountOf(-discount)}`]),
    ...(tax === 0 ? [] : [`Tax: ${amountOf(tax)}`]),
    `Total: ${amountOf(invoice.total)}`,
  ];
  const items = [...lines, ...extras].map((text) => `<li>${escapeHtml(text)}</li>`);
  return `<ul>${items.join("")}</ul>
      <p>Due: <strong>${escapeHtml(amountOf(invoice.amount_remaining))}</strong><br>Status: ${escapeHtml(invoice.status ?? "")}</p>`;
}
