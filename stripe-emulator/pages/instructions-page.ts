/** The hosted page with the instructions for a payment that waits: a voucher, a bank transfer, a verification. */
import type { Emulator } from "../emulator/emulator.ts";
import { escapeHtml, formatAmount, html, type Page, pageHtml } from "./page-html.ts";

export function instructionsPage({ store }: Emulator, intentId: string): Page {
  const intent = store.find("payment_intent", intentId);
  const type = intent?.next_action?.type;
  if (intent === undefined || type === undefined)
    return html(404, pageHtml("How to pay", "<p>There is no such payment.</p>"));
  const due = escapeHtml(formatAmount(intent.amount, intent.currency));
  return html(
    200,
    pageHtml("How to pay", `<p>Instructions (${escapeHtml(type)}) to pay <strong>${due}</strong>.</p>`),
  );
}
