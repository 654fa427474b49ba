import type Stripe from "stripe";
import { invalidRequest } from "../errors.ts";
import { inRange, page } from "../pagination.ts";
import { pageParameters, range } from "../parameter-kinds.ts";
import { boolean, list, string } from "../parameters.ts";
import { fits } from "../pattern.ts";
import { endpoint } from "../router.ts";

const listParameters = {
  ...pageParameters,
  created: range(),
  delivery_success: boolean(),
  type: string(),
  types: list(string(), 20),
};

const HISTORY_SECONDS = 30 * 24 * 60 * 60;

export const eventEndpoints = [
  endpoint(
    "GET",
    "/v1/events",
    listParameters,
    ({ context, path }, { created, delivery_success: delivered, type, types, ...paging }) => {
      if (type !== undefined && types !== undefined) {
        throw invalidRequest("You may pass either type or types, but not both.", undefined, "type");
      }
      const wanted = types ?? (type === undefined ? ["*"] : [type]);
      const oldest = context.clock.now() - HISTORY_SECONDS;
      const isWanted = (event: Stripe.EventBase) =>
        event.created >= oldest &&
        inRange(event.created, created) &&
        wanted.some((pattern) => fits(pattern, event.type)) &&
        (delivered === undefined || context.isDelivered(event.id) === delivered);
      return page(context.store.all("event").filter(isWanted), paging, path);
    },
  ),
  endpoint("GET", "/v1/events/:id", {}, ({ context, id }) => context.store.get("event", id)),
];
