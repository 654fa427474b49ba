import type Stripe from "stripe";
import { periodEnd } from "../billing/period.ts";
import { invalidRequest } from "../protocol/errors.ts";
import { newId } from "../protocol/ids.ts";
import { page } from "../protocol/pagination.ts";
import { pageParameters } from "../protocol/parameter-kinds.ts";
import { integer, type Parsed, required, string } from "../protocol/parameters.ts";
import type { Context } from "../state/context.ts";
import { previousAttributes } from "../state/emit-event.ts";
import { deleteCustomer } from "./customers.ts";
import { type Call, endpoint } from "./endpoint.ts";

const LIFETIME_SECONDS = 7 * 24 * 60 * 60;

const createParameters = {
  frozen_time: required(integer(0)),
  customer: string(),
  name: string(300),
} satisfies Record<Exclude<keyof Stripe.TestHelpers.TestClockCreateParams, "expand">, unknown>;
const advanceParameters = {
  frozen_time: required(integer(0)),
} satisfies Record<Exclude<keyof Stripe.TestHelpers.TestClockAdvanceParams, "expand">, unknown>;

export const testClockEndpoints = [
  endpoint("POST", "/v1/test_helpers/test_clocks", createParameters, create),
  endpoint("GET", "/v1/test_helpers/test_clocks", pageParameters, ({ context, path }, paging) =>
    page(context.store.all("test_helpers.test_clock"), paging, path),
  ),
  endpoint("GET", "/v1/test_helpers/test_clocks/:id", {}, ({ context, id }) =>
    context.store.get("test_helpers.test_clock", id),
  ),
  endpoint("POST", "/v1/test_helpers/test_clocks/:id/advance", advanceParameters, advance),
  endpoint("DELETE", "/v1/test_helpers/test_clocks/:id", {}, remove),
];

/** `test_helpers.test_clock.created`; for an existing customer, `customer.updated`. */
function create(
  { context }: Call,
  { frozen_time: frozen, customer: customerId, name }: Parsed<typeof createParameters>,
): Stripe.TestHelpers.TestClock {
  const { store, clock } = context;
  const customer = customerId === undefined ? undefined : store.get("customer", customerId, "customer");
  if (customer !== undefined && customer.test_clock !== null) {
    throw invalidRequest(
      `The customer ${customer.id} already has a test clock, and cannot be moved to another one.`,
      undefined,
      "customer",
    );
  }
  const now = clock.now();
  const created = store.put("test_helpers.test_clock", {
    id: newId("clock"),
    object: "test_helpers.test_clock",
    created: now,
    deletes_after: now + LIFETIME_SECONDS,
    frozen_time: frozen,
    livemode: false,
    name: name ?? null,
    status: "ready",
    status_details: {},
  });
  context.emit("test_helpers.test_clock.created", created);
  if (customer !== undefined) {
    const attached = store.patch("customer", customer, { test_clock: created.id });
    context.emit("customer.updated", attached, previousAttributes(customer, attached));
  }
  return created;
}

/** `test_helpers.test_clock.advancing`. The clock begins to move when the request has ended. */
function advance(
  { context, id }: Call,
  { frozen_time: target }: Parsed<typeof advanceParameters>,
): Stripe.TestHelpers.TestClock {
  const found = readyClock(context, id);
  if (target <= found.frozen_time) {
    const message = `Invalid frozen_time: it must be after the clock's current frozen time (${found.frozen_time}).`;
    throw invalidRequest(message, undefined, "frozen_time");
  }
  if (target > furthest(context, found)) {
    const message =
      "Invalid frozen_time: it cannot be more than two intervals in the future from the shortest subscription in this " +
      "test clock, or more than two years when it has no subscription.";
    throw invalidRequest(message, undefined, "frozen_time");
  }
  const advancing = context.store.patch("test_helpers.test_clock", found, {
    status: "advancing",
    status_details: { advancing: { target_frozen_time: target } },
  });
  context.emit("test_helpers.test_clock.advancing", advancing);
  return advancing;
}

/** Deletes its customers, too: their events, then `test_helpers.test_clock.deleted`. */
function remove({ context, id }: Call): Stripe.TestHelpers.DeletedTestClock {
  const { store } = context;
  const clock = readyClock(context, id);
  for (const customer of store.all("customer")) {
    if (customer.test_clock === id) deleteCustomer(context, customer.id);
  }
  store.remove("test_helpers.test_clock", id);
  context.emit("test_helpers.test_clock.deleted", clock);
  return { id, object: "test_helpers.test_clock", deleted: true };
}

/** Throws a 404 when there is no such clock, and a 400 while it moves. */
function readyClock({ store }: Context, id: string): Stripe.TestHelpers.TestClock {
  const found = store.get("test_helpers.test_clock", id);
  if (found.status !== "advancing") return found;
  throw invalidRequest("Test clock advancement underway - cannot perform modifications.");
}

/** The last time in unix seconds to which the clock may be advanced at once. */
function furthest({ store }: Context, { id, frozen_time: start }: Stripe.TestHelpers.TestClock): number {
  const twice = (recurrence: Parameters<typeof periodEnd>[1]) =>
    periodEnd(start, { ...recurrence, interval_count: 2 * recurrence.interval_count });
  const ends = store
    .all("subscription")
    .filter(({ test_clock: clock, ended_at: ended }) => clock === id && ended === null)
    .flatMap(({ items }) => items.data.flatMap(({ price }) => price.recurring ?? []))
    .map(twice);
  return ends.length === 0 ? twice({ interval: "year", interval_count: 1 }) : Math.min(...ends);
}
