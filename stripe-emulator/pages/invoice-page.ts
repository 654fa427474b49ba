import { intentOf } from "../billing/collect-invoice.ts";
import type { Emulator } from "../emulator/emulator.ts";
import { escapeHtml, formatAmount, html, type Page, pageHtml } from "./page-html.ts";

/** The page at an invoice's `hosted_invoice_url`. Stripe's takes a card; this one says how to pay through the control interface. */
export function invoicePage(emulator: Emulator, invoiceId: string): Page {
  const invoice = emulator.store.find("invoice", invoiceId);
  if (invoice === undefined) return html(404, pageHtml("Invoice", "<p>There is no such invoice.</p>"));
  const due = escapeHtml(formatAmount(invoice.amount_remaining, invoice.currency));
  const intent = intentOf(emulator, invoiceId);
  const pay =
    invoice.status === "open" && intent !== undefined
      ? `<p>Pay it with <code>POST ${emulator.origin}/_emulator/pay {"paymentIntent": "${intent.id}", "card": "4242424242424242"}</code></p>`
      : "";
  const state = escapeHtml(invoice.status ?? "");
  return html(
    200,
    pageHtml("Invoice", `<h1>Invoice</h1><p>Due: <strong>${due}</strong><br>Status: ${state}</p>${pay}`),
  );
}
