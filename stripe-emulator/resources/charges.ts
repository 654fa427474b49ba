import type Stripe from "stripe";
import { inRange, page } from "../protocol/pagination.ts";
import { changedMetadata, email, metadata, pageParameters, range } from "../protocol/parameter-kinds.ts";
import { emptyable, notEmulated, type Parsed, string } from "../protocol/parameters.ts";
import { previousAttributes } from "../state/emit-event.ts";
import { type Call, endpoint } from "./endpoint.ts";

const listParameters = { ...pageParameters, created: range(), customer: string(), payment_intent: string() };
const updateParameters = {
  description: emptyable(string(500)),
  metadata: metadata(),
  receipt_email: emptyable(email()),
  transfer_group: string(),
  customer: notEmulated(),
  fraud_details: notEmulated(),
  shipping: notEmulated(),
} satisfies Record<Exclude<keyof Stripe.ChargeUpdateParams, "expand">, unknown>;

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
  endpoint("POST", "/v1/charges/:id", updateParameters, update),
];

function update(
  { context, id }: Call,
  { metadata: given, ...fields }: Parsed<typeof updateParameters>,
): Stripe.Charge {
  const before = context.store.get("charge", id);
  const after = context.store.patch("charge", before, {
    ...fields,
    metadata: changedMetadata(before.metadata, given),
  });
  context.emit("charge.updated", after, previousAttributes(before, after));
  return after;
}
