import { invalidRequest, resourceMissing } from "../protocol/errors.ts";
import { inRange, page } from "../protocol/pagination.ts";
import { pageParameters, range } from "../protocol/parameter-kinds.ts";
import { boolean, list, string } from "../protocol/parameters.ts";
import { fits } from "../protocol/pattern.ts";
import type { StoredEvent } from "../state/store.ts";
import { renderEvent } from "../versions/render-event.ts";
import { eventIdOf, thinEventOf } from "../versions/thin-event.ts";
import { endpoint } from "./endpoint.ts";

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
      const isWanted = (event: StoredEvent) =>
        event.created >= oldest &&
        inRange(event.created, created) &&
        wanted.some((pattern) => fits(pattern, event.type)) &&
        (delivered === undefined || context.isDelivered(event.id) === delivered);
      const events = context.store.all("event").sort((one, other) => one.created - other.created);
      const { data, ...list } = page(events, paging, path, isWanted);
      return { ...list, data: data.map((event) => renderEvent(context.store, event)) };
    },
  ),
  endpoint("GET", "/v1/events/:id", {}, ({ context, id }) =>
    renderEvent(context.store, context.store.get("event", id)),
  ),
  endpoint("GET", "/v2/core/events/:id", {}, ({ context, id }) => {
    const event = context.store.find("event", eventIdOf(id));
    if (event === undefined) throw resourceMissing("event", id);
    const data = context.store.find("thin_event_data", event.id)?.data;
    return { ...thinEventOf(event), ...(data === undefined ? {} : { data }) };
  }),
];
