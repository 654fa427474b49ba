/** The legacy sources of a customer, whichever kind they are. */
import type Stripe from "stripe";
import { resourceMissing } from "../protocol/errors.ts";
import type { Context } from "../state/context.ts";
import { addBankSource, isBankToken } from "./bank-source.ts";
import { addCardSource, cardSourcesOf, removeCardSource } from "./card-source.ts";

export type LegacySource = Stripe.Card | Stripe.BankAccount;

/** Gives the customer what a token stands for: `customer.source.created`. Throws like the two functions that it calls. */
export function addSource(
  context: Context,
  customer: string,
  token: string,
  options: { param: string; metadata?: Stripe.Metadata },
): LegacySource {
  return isBankToken(token)
    ? addBankSource(context, customer, token, options)
    : addCardSource(context, customer, token, options);
}

/** Oldest first: the cards, then the bank accounts. */
export function sourcesOf(context: Pick<Context, "store">, customer: string): LegacySource[] {
  const accounts = context.store.all("bank_account").filter((account) => account.customer === customer);
  return [...cardSourcesOf(context, customer), ...accounts];
}

/** A source of the customer. Throws `resource_missing` for any other. */
export function sourceOf(
  context: Pick<Context, "store">,
  customer: string,
  id: string,
  param = "id",
  status = 404,
): LegacySource {
  const found = sourcesOf(context, customer).find((source) => source.id === id);
  if (found !== undefined) return found;
  throw resourceMissing("source", id, param, status);
}

/** Takes a source from the customer: `customer.source.deleted`. One that is not the customer's stays where it is. */
export function removeSource(context: Context, customer: string, id: string): void {
  const account = context.store.find("bank_account", id);
  if (account?.customer !== customer) {
    removeCardSource(context, customer, id);
    return;
  }
  context.store.remove("bank_account", id);
  context.emit("customer.source.deleted", account);
}
