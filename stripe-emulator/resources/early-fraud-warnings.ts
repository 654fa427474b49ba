import type Stripe from "stripe";
import { inRange, page } from "../protocol/pagination.ts";
import { pageParameters, range } from "../protocol/parameter-kinds.ts";
import { string } from "../protocol/parameters.ts";
import { endpoint } from "./endpoint.ts";

const listParameters = {
  ...pageParameters,
  charge: string(),
  created: range(),
  payment_intent: string(),
} satisfies Record<Exclude<keyof Stripe.Radar.EarlyFraudWarningListParams, "expand">, unknown>;

export const earlyFraudWarningEndpoints = [
  endpoint(
    "GET",
    "/v1/radar/early_fraud_warnings",
    listParameters,
    ({ context, path }, { charge, created, payment_intent: intent, ...paging }) =>
      page(
        context.store.all("radar.early_fraud_warning"),
        paging,
        path,
        (warning) =>
          inRange(warning.created, created) &&
          (charge === undefined || warning.charge === charge) &&
          (intent === undefined || warning.payment_intent === intent),
      ),
  ),
  endpoint("GET", "/v1/radar/early_fraud_warnings/:id", {}, ({ context, id }) =>
    context.store.get("radar.early_fraud_warning", id),
  ),
];
