import type Stripe from "stripe";
import { cardNumber } from "../payments/payment-method-fields.ts";
import { storeToken } from "../payments/token.ts";
import { cardFrom, unsafeNumber } from "../payments/typed-card.ts";
import { present } from "../present.ts";
import { invalidRequest } from "../protocol/errors.ts";
import { hash, integer, notEmulated, type Parsed, required, string } from "../protocol/parameters.ts";
import { type Call, endpoint } from "./endpoint.ts";

const createParameters = {
  card: hash({
    address_city: string(),
    address_country: string(2),
    address_line1: string(),
    address_line2: string(),
    address_state: string(),
    address_zip: string(),
    currency: notEmulated(),
    cvc: string(4),
    exp_month: required(integer()),
    exp_year: required(integer()),
    name: string(),
    networks: notEmulated(),
    number: required(cardNumber),
  }),
  account: notEmulated(),
  bank_account: notEmulated(),
  customer: notEmulated(),
  cvc_update: notEmulated(),
  person: notEmulated(),
  pii: notEmulated(),
} satisfies Record<Exclude<keyof Stripe.TokenCreateParams, "expand">, unknown>;

export const tokenEndpoints = [
  endpoint("POST", "/v1/tokens", createParameters, create, "publishable"),
  endpoint("GET", "/v1/tokens/:id", {}, ({ context, id }) => context.store.get("token", id)),
];

function create({ context, publishable }: Call, { card }: Parsed<typeof createParameters>): Stripe.Token {
  if (card === undefined) throw invalidRequest("Missing required param: card.", "parameter_missing", "card");
  if (!publishable) throw unsafeNumber();
  const { name = null, address_line1: line1 = null, address_line2: line2 = null } = card;
  const { address_city: city = null, address_state: state = null } = card;
  const { address_zip: zip = null, address_country: country = null, cvc } = card;
  const address = { city, country, line1, line2, postal_code: zip, state };
  const { number, exp_month, exp_year } = card;
  const tokenized = cardFrom(context, { number, exp_month, exp_year, ...present({ cvc }) });
  return storeToken(context, { ...tokenized, billing: { name, address } });
}
