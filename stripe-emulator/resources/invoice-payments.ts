import type Stripe from "stripe";
import { inRange, page } from "../protocol/pagination.ts";
import { pageParameters, range } from "../protocol/parameter-kinds.ts";
import { hash, oneOf, type Parsed, string } from "../protocol/parameters.ts";
import { type Call, endpoint } from "./endpoint.ts";

const listParameters = {
  ...pageParameters,
  created: range(),
  invoice: string(),
  payment: hash({ type: oneOf("payment_intent"), payment_intent: string() }),
  status: oneOf("canceled", "open", "paid"),
};

export const invoicePaymentEndpoints = [
  endpoint("GET", "/v1/invoice_payments", listParameters, listPayments),
  endpoint("GET", "/v1/invoice_payments/:id", {}, ({ context, id }) =>
    context.store.get("invoice_payment", id),
  ),
];

function listPayments({ context, path }: Call, parameters: Parsed<typeof listParameters>) {
  const { created, invoice, payment: wanted, status, ...paging } = parameters;
  const isWanted = (payment: Stripe.InvoicePayment) =>
    inRange(payment.created, created) &&
    (invoice === undefined || payment.invoice === invoice) &&
    (status === undefined || payment.status === status) &&
    (wanted?.payment_intent === undefined || payment.payment.payment_intent === wanted.payment_intent);
  return page(context.store.all("invoice_payment").filter(isWanted), paging, path);
}
