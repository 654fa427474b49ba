/** Calls of the capabilities about invoices over their handlers, and what became of them at Stripe. */
import { randomUUID } from "node:crypto";
import type Stripe from "stripe";
import { stripeShop } from "./given-a-subscriber.ts";
import * as when from "./when.ts";

type Handler = Parameters<typeof when.callsForJson>[0];

type DraftParameters = Partial<Stripe.InvoiceCreateParams> & { readonly amount?: number };

/** A Stripe emulator for the test file. Call it at the top of the file, instead of `given.localAws`. */
export function invoiceShop() {
  const shop = stripeShop();
  return Object.assign(shop, {
    /** A draft with one line of 50 dollars, made in Stripe's dashboard. */
    async draft(customer: string, { amount = 5000, ...parameters }: DraftParameters = {}): Promise<string> {
      const { id } = await shop.stripe.invoices.create({
        customer,
        collection_method: "send_invoice",
        days_until_due: 30,
        currency: "usd",
        ...parameters,
      });
      await shop.stripe.invoiceItems.create({ customer, invoice: id, amount, description: "Work" });
      return id;
    },
    /** The same, finalized. */
    async open(customer: string, parameters: DraftParameters = {}): Promise<string> {
      const id = await this.draft(customer, parameters);
      await shop.stripe.invoices.finalizeInvoice(id);
      return id;
    },
    /** An invoice in this status, of a customer with a card. */
    async inStatus(customer: string, status: string): Promise<string> {
      if (status === "draft") return this.draft(customer);
      const id = await this.open(customer);
      if (status === "paid") await shop.stripe.invoices.pay(id);
      if (status === "void") await shop.stripe.invoices.voidInvoice(id);
      if (status === "uncollectible") await shop.stripe.invoices.markUncollectible(id);
      return id;
    },
  });
}

/** Calls a capability that changes something, by default with a new key. */
export function caller(handler: Handler, capability: string) {
  return (body: object, key: string = randomUUID(), authorizer?: Record<string, unknown>) =>
    when.callsForJson(handler, {
      path: `/api/capabilities/${capability}`,
      body,
      headers: { "idempotency-key": key },
      authorizer,
    });
}
