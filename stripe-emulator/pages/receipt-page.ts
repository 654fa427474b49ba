import type { Emulator } from "../emulator/emulator.ts";
import { escapeHtml, formatAmount, html, type Page, pageHtml } from "./page-html.ts";

/** The page at a charge's `receipt_url`. */
export function receiptPage(emulator: Emulator, intentId: string): Page {
  const intent = emulator.store.find("payment_intent", intentId);
  if (intent === undefined) return html(404, pageHtml("Receipt", "<p>There is no such receipt.</p>"));
  const paid = escapeHtml(formatAmount(intent.amount_received, intent.currency));
  const date = new Date(intent.created * 1000).toISOString().slice(0, 10);
  return html(
    200,
    pageHtml("Receipt", `<h1>Receipt</h1><p>Paid: <strong>${paid}</strong><br>Date: ${date}</p>`),
  );
}
