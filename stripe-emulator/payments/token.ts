/** Tokens: a card that a browser sent, which stands for it once. https://docs.stripe.com/api/tokens */
import type Stripe from "stripe";
import { invalidRequest, resourceMissing } from "../protocol/errors.ts";
import { newId } from "../protocol/ids.ts";
import type { Context } from "../state/context.ts";
import type { TokenizedCard } from "../state/store.ts";
import { sourceCardOf } from "./card-details.ts";

export function storeToken(context: Context, tokenized: TokenizedCard): Stripe.Token {
  const id = newId("tok");
  const card = sourceCardOf(newId("card"), tokenized.card, tokenized.billing);
  context.store.tokenizedCards.set(id, tokenized);
  return context.store.put("token", {
    id,
    object: "token",
    card,
    client_ip: "127.0.0.1",
    created: context.clock.now(),
    livemode: false,
    type: "card",
    used: false,
  });
}

/** Takes the card out of the token. Throws a 400 for a token that does not exist or has been used. */
export function useToken({ store }: Context, id: string, param: string): TokenizedCard {
  const token = store.find("token", id);
  const tokenized = store.tokenizedCards.get(id);
  if (token === undefined || tokenized === undefined) throw resourceMissing("token", id, param, 400);
  if (token.used) {
    const message = `You cannot use a Stripe token more than once: ${id}.`;
    throw invalidRequest(message, "token_already_used", param);
  }
  store.patch("token", token, { used: true });
  return tokenized;
}
