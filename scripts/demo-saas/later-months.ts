/** What goes wrong and is set right: a late payment, a refund, disputes, a renewal that fails; and a cancellation. */
import { fieldOf, textOf } from "../../lib/untrusted.ts";
import { typeCard } from "../demo/product-calls.ts";
import { createAtStripe, listAtStripe } from "../demo/stripe-requests.ts";
import { access, type Company, GOOD_CARD, later, latestPayment, saveCard } from "./company.ts";
import { type Customers, useApi } from "./first-month.ts";

/** It can be saved, and its payments are declined. */
const FAILING_CARD = "4000000000000341";

export async function secondMonth(company: Company, customers: Customers): Promise<void> {
  const { api, around, timeline } = company;
  const { alan, edith, grace, katherine, margaret } = customers;
  timeline.chapter("The second month");
  await timeline.step("Stripe", "margaret pays her invoice, $1,000.00, four days late", async () => {
    const invoice = await api.call("stripe-get-invoice", { invoiceId: margaret.invoiceId });
    if (invoice.status !== "open" || invoice.amountDue !== 100_000)
      throw new Error(`The invoice is ${invoice.status}, with ${invoice.amountDue} cents due`);
    await typeCard(around, invoice.paymentIntentId ?? "", GOOD_CARD);
  });
  await timeline.step("Stripe", "one of katherine's disputes is won, and one is lost", async () => {
    const evidence = ["winning_evidence", "losing_evidence"];
    for (const [index, payment] of katherine.payments.entries())
      await answerDispute(company.stripe, payment, evidence[index] ?? "");
  });
  await timeline.step("HTTP API", "grace's card is replaced by one that will be declined", () =>
    saveCard(company, grace.customerId, FAILING_CARD),
  );
  await later(company, 18, "subscriptions renew, edith's calls are charged, grace's payment is declined");
  await access(company, grace.customerId, "grace");
  await timeline.step("pay page", "grace saves a good card", () => saveCard(company, grace.customerId));
  await timeline.step("HTTP API", "half of alan's payment, $9.50, is refunded", async () => {
    const paymentIntentId = await latestPayment(company, alan.customerId);
    const refund = {
      paymentIntentId,
      amount: 950,
      reason: "requested_by_customer",
      reference: "half",
    } as const;
    await api.call("stripe-refund-payment", refund);
  });
  await timeline.step("HTTP API", "$5.00 of edith's paid invoice are credited to the next one", async () => {
    const { customerId } = edith;
    const [invoice] = (await api.call("stripe-list-invoices", { customerId, limit: 1 })).items;
    await api.call("stripe-create-credit-note", { invoiceId: invoice?.invoiceId ?? "", amount: 500 });
  });
  await useApi(company, edith.customerId);
}

export async function thirdMonth(company: Company, { alan, grace }: Customers): Promise<void> {
  const { api, timeline } = company;
  timeline.chapter("The third month");
  await timeline.step("HTTP API", "alan cancels, for the end of the period", () =>
    api.call("stripe-cancel-subscription", { subscriptionId: alan.subscriptionId, when: "period-end" }),
  );
  await later(company, 31, "grace's payment succeeds at the next try; subscriptions renew; alan's ends");
  await access(company, grace.customerId, "active");
  await access(company, alan.customerId, "ended");
  await later(company, 30, "subscriptions renew; mary's invoice is overdue, and stays open");
}

async function answerDispute(stripe: string, payment: string, evidence: string): Promise<void> {
  const [dispute] = await listAtStripe(stripe, "disputes", { payment_intent: payment });
  const id = textOf(fieldOf(dispute, "id")) ?? "";
  await createAtStripe(stripe, `disputes/${id}`, {
    "evidence[uncategorized_text]": evidence,
    submit: "true",
  });
}
