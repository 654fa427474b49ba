/** Which actions the status of an invoice allows. https://docs.stripe.com/invoicing/overview#invoice-statuses. Pure. */
import { Problem } from "../errors.ts";
import { entryOf } from "../untrusted.ts";

/** The actions, with the statuses in which they are possible and how a refusal names them. */
const ACTIONS = {
  finalize: { from: ["draft"], done: "finalized" },
  send: { from: ["draft", "open", "paid", "uncollectible"], done: "sent" },
  void: { from: ["open", "uncollectible"], done: "voided" },
  "mark-uncollectible": { from: ["open"], done: "marked as uncollectible" },
  credit: { from: ["open", "paid", "uncollectible"], done: "credited" },
} as const;

export type InvoiceAction = keyof typeof ACTIONS;

const ADVICE: Readonly<Record<string, string>> = {
  draft: "finalize it with stripe-finalize-invoice or stripe-send-invoice first",
  open: "it can be sent, paid, voided, credited or marked as uncollectible",
  paid: "stripe-create-credit-note credits it, and pays it back if you like",
  void: "nothing can be done with it any more; create another invoice",
  uncollectible: "it can still be sent, paid, voided or credited",
};

/** Whether an invoice with this status allows the action. */
export function isPossible(action: InvoiceAction, status: string): boolean {
  const from: readonly string[] = ACTIONS[action].from;
  return from.includes(status);
}

/** CONFLICT for an action that the invoice's status does not allow: it names the status, and what is possible instead. */
export function impossible(action: InvoiceAction, status: string): Problem {
  const advice = entryOf(ADVICE, status);
  const then = advice === undefined ? "" : `: ${advice}`;
  const message = `cannot be ${ACTIONS[action].done}, because the invoice is ${status}${then}`;
  return new Problem("CONFLICT", `invoiceId ${message}`, { issues: [{ path: "invoiceId", message }] });
}
