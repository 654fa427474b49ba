import { post, refused, remove, type Scenario, type Step, scenario } from "../scenario.ts";

const givenADraft: readonly Step[] = [
  post("customer", "/v1/customers", { email: "ada@shop.example" }),
  post("card", "/v1/payment_methods/pm_card_visa/attach", { customer: "{customer.id}" }),
  post("preferred", "/v1/customers/{customer.id}", {
    invoice_settings: { default_payment_method: "{card.id}" },
  }),
  post("draft", "/v1/invoices", { customer: "{customer.id}" }, { status: "draft", total: 0 }),
  post(
    "line",
    "/v1/invoiceitems",
    {
      customer: "{customer.id}",
      invoice: "{draft.id}",
      amount: 1200,
      currency: "usd",
      description: "Setup",
    },
    { amount: 1200, proration: false },
  ),
];

export const invoices: readonly Scenario[] = [
  scenario(
    "an invoice that is finalized and paid",
    ...givenADraft,
    post("open", "/v1/invoices/{draft.id}/finalize", {}, { status: "open", amount_due: 1200 }),
    post("paid", "/v1/invoices/{draft.id}/pay", {}, { status: "paid", amount_paid: 1200 }),
  ),
  scenario(
    "an invoice that is voided",
    ...givenADraft,
    post("open", "/v1/invoices/{draft.id}/finalize", {}, { status: "open" }),
    post("void", "/v1/invoices/{draft.id}/void", {}, { status: "void" }),
    refused(post("pay", "/v1/invoices/{draft.id}/pay"), 400, { type: "invalid_request_error" }),
  ),
  scenario(
    "a draft that is deleted",
    ...givenADraft,
    remove("deleted", "/v1/invoices/{draft.id}", { deleted: true }),
  ),
];
