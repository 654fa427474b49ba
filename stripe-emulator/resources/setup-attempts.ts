import type Stripe from "stripe";
import { inRange, page } from "../protocol/pagination.ts";
import { pageParameters, range } from "../protocol/parameter-kinds.ts";
import { required, string } from "../protocol/parameters.ts";
import { endpoint } from "./endpoint.ts";

const listParameters = {
  ...pageParameters,
  created: range(),
  setup_intent: required(string()),
} satisfies Record<Exclude<keyof Stripe.SetupAttemptListParams, "expand">, unknown>;

export const setupAttemptEndpoints = [
  endpoint(
    "GET",
    "/v1/setup_attempts",
    listParameters,
    ({ context, path }, { created, setup_intent: intent, ...paging }) => {
      context.store.get("setup_intent", intent, "setup_intent");
      return page(
        context.store.all("setup_attempt"),
        paging,
        path,
        (attempt) => attempt.setup_intent === intent && inRange(attempt.created, created),
      );
    },
  ),
];
