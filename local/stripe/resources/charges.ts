import type Stripe from "stripe";
import { inRange, page } from "../pagination.ts";
import { pageParameters, range } from "../parameter-kinds.ts";
import { string } from "../parameters.ts";
import { endpoint } from "../router.ts";

const listParameters = { ...pageParameters, created: range(), customer: string(), payment_intent: string() };

export const chargeEndpoints = [
  endpoint(
    "GET",
    "/v1/charges",
    listParameters,
    ({ context, path }, { created, customer, payment_intent: intent, ...paging }) => {
      const isWanted = (charge: Stripe.Charge) =>
        inRange(charge.created, created) &&
        (customer === undefined || charge.customer === customer) &&
        (intent === undefined || charge.payment_intent === intent);
      return page(context.store.all("charge").filter(isWanted), paging, path);
    },
  ),
  endpoint("GET", "/v1/charges/:id", {}, ({ context, id }) => context.store.get("charge", id)),
];
