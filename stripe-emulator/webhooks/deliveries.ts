import type { Store, StoredEvent } from "../state/store.ts";
import type { Delivery } from "./delivery.ts";

/** Every delivery that was made or is still to be made, by event. Each event's `pending_webhooks` follows from them. */
export class Deliveries {
  readonly #byEvent = new Map<string, Delivery[]>();
  readonly #store: Store;

  constructor(store: Store) {
    this.#store = store;
  }

  add(delivery: Delivery): void {
    const others = this.#byEvent.get(delivery.event);
    if (others === undefined) this.#byEvent.set(delivery.event, [delivery]);
    else others.push(delivery);
  }

  /** Records a delivery of the event to each of the endpoints. `since` is in unix seconds. */
  record(
    event: StoredEvent,
    endpoints: readonly string[],
    fields: Pick<Delivery, "state" | "format" | "since">,
  ): Delivery[] {
    const deliveries = endpoints.map(
      (endpoint): Delivery => ({ event: event.id, endpoint, ...fields, attempts: [] }),
    );
    for (const delivery of deliveries) this.add(delivery);
    this.countPending(event.id);
    return deliveries;
  }

  of(eventId: string): readonly Delivery[] {
    return this.#byEvent.get(eventId) ?? [];
  }

  all(): Delivery[] {
    return [...this.#byEvent.values()].flat();
  }

  /** False while an endpoint has not accepted the event: the `delivery_success` filter of the events list. */
  isDelivered(eventId: string): boolean {
    const byEndpoint = Map.groupBy(this.of(eventId), (delivery) => delivery.endpoint);
    return [...byEndpoint.values()].every((sent) => sent.some(({ state }) => state === "delivered"));
  }

  /** Writes how many deliveries of the event are still pending into the event. */
  countPending(eventId: string): void {
    const event = this.#store.find("event", eventId);
    const pending = this.of(eventId).filter(({ state }) => state === "pending").length;
    if (event !== undefined) this.#store.patch("event", event, { pending_webhooks: pending });
  }

  clear(): void {
    this.#byEvent.clear();
  }
}
