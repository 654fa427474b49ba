/**
 * Cards that a customer has as legacy sources: a card from a token, with the id `card_...`. Like at Stripe it is also a payment
 * method with the same id, so that payments, invoices and subscriptions can use it.
 */
import type Stripe from "stripe";
import { present } from "../present.ts";
import { resourceMissing } from "../protocol/errors.ts";
import { newId } from "../protocol/ids.ts";
import type { Context } from "../state/context.ts";
import type { TokenizedCard } from "../state/store.ts";
import { methodCardOf, sourceCardOf } from "./card-details.ts";
import { assertIssuerAccepts, storeCardMethod } from "./payment-method.ts";
import { testCardByToken } from "./test-cards.ts";
import { useToken } from "./token.ts";

/** The card behind a token, which may be a ready-made one such as `tok_visa`. Throws a 400 for one that does not exist. */
export function cardOfToken(context: Context, token: string, param: string): TokenizedCard {
  const testCard = testCardByToken(token);
  if (testCard === undefined) return useToken(context, token, param);
  const expYear = new Date(context.clock.now() * 1000).getUTCFullYear() + 3;
  const { number, name } = testCard;
  const card = methodCardOf({ number, expMonth: 12, expYear, testCard, hasCvc: true });
  return { card, testCard: name, billing: { name: null, address: null } };
}

/**
 * Gives the customer the card of a token: `customer.source.created`. Throws a 402 when its issuer refuses, and a 400 for a
 * token that does not exist or has been used.
 */
export function addCardSource(
  context: Context,
  customer: string,
  token: string,
  { param, metadata }: { param: string; metadata?: Stripe.Metadata },
): Stripe.Card {
  const { card, testCard, billing } = cardOfToken(context, token, param);
  const id = newId("card");
  const method = storeCardMethod(context, card, testCard, {
    ...{ id, customer },
    billing_details: present({
      name: billing.name ?? undefined,
      address: billing.address ?? undefined,
    }),
  });
  try {
    assertIssuerAccepts(context, id, "card");
  } catch (error) {
    context.store.remove("payment_method", id);
    context.store.cardsOnFile.delete(id);
    throw error;
  }
  const source = context.store.put("card", {
    ...sourceCardOf(id, card, method.billing_details),
    customer,
    metadata: metadata ?? {},
  });
  context.emit("customer.source.created", source);
  return source;
}

/** A card of the customer. Throws `resource_missing` for any other. */
export function cardSourceOf(
  { store }: Context,
  customer: string,
  id: string,
  param = "id",
  status = 404,
): Stripe.Card {
  const card = store.find("card", id);
  if (card?.customer === customer) return card;
  throw resourceMissing("source", id, param, status);
}

/** Oldest first. */
export function cardSourcesOf({ store }: Pick<Context, "store">, customer: string): Stripe.Card[] {
  return store.all("card").filter((card) => card.customer === customer);
}

/** Takes a card from the customer: `customer.source.deleted`. One that is not the customer's stays where it is. */
export function removeCardSource(context: Context, customer: string, id: string): void {
  const { store } = context;
  const card = store.find("card", id);
  if (card?.customer !== customer) return;
  store.remove("card", id);
  const method = store.get("payment_method", id);
  store.patch("payment_method", method, { customer: null });
  context.emit("customer.source.deleted", card);
}
