/** What mails say about payments, invoices, refunds and cards, from Stripe's objects. Pure; trusts no field's type. */
import { listed } from "../stripe/stripe-fields.ts";
import { type Fields, fieldOf, isoTimeOf, listOf, textOf, wholeNumberOf } from "../untrusted.ts";

type Data = Readonly<Record<string, unknown>>;

/** Of a payment intent that is paid, with its charge: the data of a receipt. */
export function paymentData(intent: Fields): Data | undefined {
  const amount = wholeNumberOf(intent.amount_received);
  if (intent.status !== "succeeded" || amount === undefined) return undefined;
  const { latest_charge: charge } = intent;
  return {
    amount,
    currency: textOf(intent.currency),
    paidAt: isoTimeOf(fieldOf(charge, "created")) ?? isoTimeOf(intent.created),
    description: textOf(intent.description),
    ...cardOf(fieldOf(charge, "payment_method_details", "card")),
    receiptUrl: addressIn(fieldOf(charge, "receipt_url")),
  };
}

/** Of an invoice that is paid: the data of a receipt. */
export function paidInvoiceData(invoice: Fields): Data | undefined {
  const amount = wholeNumberOf(invoice.amount_paid);
  if (invoice.status !== "paid" || amount === undefined) return undefined;
  return {
    amount,
    ...linesData(invoice, amount),
    currency: textOf(invoice.currency),
    paidAt: isoTimeOf(fieldOf(invoice, "status_transitions", "paid_at")),
    number: textOf(invoice.number),
    receiptUrl: addressIn(invoice.hosted_invoice_url),
  };
}

/** Of an invoice that is open: the data of the mail with which it is sent. */
export function invoiceData(invoice: Fields): Data | undefined {
  const amount = wholeNumberOf(invoice.amount_remaining) ?? wholeNumberOf(invoice.amount_due);
  if (invoice.status !== "open" || amount === undefined) return undefined;
  return {
    amount,
    ...linesData(invoice, amount),
    currency: textOf(invoice.currency),
    number: textOf(invoice.number),
    dueAt: isoTimeOf(invoice.due_date),
    description: textOf(invoice.description),
    invoiceUrl: addressIn(invoice.hosted_invoice_url),
    pdfUrl: addressIn(invoice.invoice_pdf),
  };
}

/** Of a refund, with its charge and its payment intent. One that has failed is on its way to nobody. */
export function refundData(refund: Fields): Data | undefined {
  const amount = wholeNumberOf(refund.amount);
  if (amount === undefined || refund.status === "failed" || refund.status === "canceled") return undefined;
  return {
    amount,
    currency: textOf(refund.currency),
    refundedAt: isoTimeOf(refund.created),
    description:
      textOf(fieldOf(refund.payment_intent, "description")) ?? textOf(fieldOf(refund.charge, "description")),
    ...cardOf(fieldOf(refund.charge, "payment_method_details", "card")),
  };
}

/** Of a payment method that is a card. */
export function cardData(method: Fields): Data | undefined {
  const { card } = method;
  const known = cardOf(card);
  if (known.cardLast4 === undefined) return undefined;
  const [expMonth, expYear] = [fieldOf(card, "exp_month"), fieldOf(card, "exp_year")].map(wholeNumberOf);
  return { ...known, expMonth, expYear };
}

function cardOf(card: unknown) {
  const [cardBrand, cardLast4] = [textOf(fieldOf(card, "brand")), textOf(fieldOf(card, "last4"))];
  const isKnown = cardBrand !== undefined && cardLast4 !== undefined && /^\d{4}$/.test(cardLast4);
  return isKnown ? { cardBrand, cardLast4 } : {};
}

/**
 * The lines and sums of an invoice; none if the mail would not add up, because the invoice has further lines than Stripe shows at
 * once, or a credit note or an earlier payment is set off against it.
 */
function linesData(invoice: Fields, amount: number): Data {
  const lines = listed(invoice.lines).map((line) => ({
    description: textOf(fieldOf(line, "description"))?.slice(0, 500),
    quantity: wholeNumberOf(fieldOf(line, "quantity")),
    amount: wholeNumberOf(fieldOf(line, "amount")),
  }));
  const subtotal = wholeNumberOf(invoice.subtotal) ?? 0;
  const discount = sumOf(invoice.total_discount_amounts);
  const tax = sumOf(
    listOf(invoice.total_taxes).filter((each) => fieldOf(each, "tax_behavior") !== "inclusive"),
  );
  const balance = appliedBalance(invoice);
  const isWhole = lines.every((line) => line.description !== undefined && line.amount !== undefined);
  const adds =
    lines.reduce((sum, line) => sum + (line.amount ?? 0), 0) === subtotal &&
    subtotal - discount + tax + balance === amount;
  if (!isWhole || !adds || fieldOf(invoice.lines, "has_more") === true) return {};
  return {
    lines: lines.map(({ quantity, ...line }) =>
      quantity === undefined || quantity < 1 ? line : { ...line, quantity },
    ),
    subtotal,
    discount,
    tax,
    ...(balance === 0 ? {} : { balance }),
  };
}

/** What the customer's balance adds to the invoice, or takes off it; 0 if it has none. */
function appliedBalance(invoice: Fields): number {
  if ((wholeNumberOf(invoice.starting_balance) ?? 0) === 0) return 0;
  return (wholeNumberOf(invoice.amount_due) ?? 0) - (wholeNumberOf(invoice.total) ?? 0);
}

function sumOf(amounts: unknown): number {
  return listOf(amounts).reduce(
    (sum: number, each) => sum + (wholeNumberOf(fieldOf(each, "amount")) ?? 0),
    0,
  );
}

/** An address that a mail can link to. */
function addressIn(value: unknown): string | undefined {
  const text = textOf(value);
  return text !== undefined && text.length <= 2000 && /^https?:\/\/[^\s"'<>]+$/.test(text) ? text : undefined;
}
