import type { Faults } from "../faults/faults.ts";
import type { Clock } from "../state/clock.ts";
import type { Store, StoredEvent } from "../state/store.ts";
import type { Delivery } from "./delivery.ts";
import { HeldDeliveries } from "./held-deliveries.ts";
import { type DeliveryAttempt, postWebhook, refusedAttempt } from "./post.ts";
import type { WebhookReceivers } from "./receivers.ts";
import { thinEventOf } from "./thin-event.ts";

export interface WebhookOptions {
  /** Delay before the first retry; it doubles with each further one, up to a minute. */
  retryMilliseconds: number;
  log: (line: string) => void;
}

const MAX_ATTEMPTS = 16;
const MAX_RETRY_MILLISECONDS = 60_000;
/** https://docs.stripe.com/webhooks#automatic-retries */
const GIVE_UP_SECONDS = 3 * 24 * 60 * 60;
const MAX_IN_FLIGHT = 8;

/**
 * Delivers events to the webhook endpoints, at least once and in no particular order. Any answer but 2xx is retried,
 * for three days of the emulator's clock. Every timer is unreferenced; {@link close} ends them and the requests under
 * way.
 */
export class WebhookSender {
  readonly #deliveries = new Map<string, Delivery[]>();
  readonly #store: Store;
  readonly #clock: Clock;
  readonly #faults: Faults;
  readonly #receivers: WebhookReceivers;
  readonly #options: WebhookOptions;
  readonly #held = new HeldDeliveries();
  readonly #timers = new Set<NodeJS.Timeout>();
  readonly #queue: Delivery[] = [];
  #stop = new AbortController();
  #inFlight = 0;

  constructor(
    store: Store,
    clock: Clock,
    faults: Faults,
    receivers: WebhookReceivers,
    options: WebhookOptions,
  ) {
    this.#store = store;
    this.#clock = clock;
    this.#faults = faults;
    this.#receivers = receivers;
    this.#options = options;
  }

  /** Queues the event for every endpoint that wants it, unless a fault has it otherwise. Returns at once. */
  publish(event: StoredEvent): void {
    if (this.#faults.take("drop_webhooks", event) !== undefined) {
      this.#record(event, "dropped");
      return;
    }
    const copies = this.#faults.take("duplicate_webhooks", event)?.copies ?? 0;
    const deliveries = Array.from({ length: 1 + copies }, () => this.#record(event, "pending")).flat();
    const order = this.#faults.take("reorder_webhooks", event);
    if (order === undefined) {
      const delay = this.#faults.take("delay_webhooks", event);
      for (const delivery of deliveries) this.#begin(event, delivery, delay?.ms ?? 0);
      return;
    }
    const isFirst = this.#held.hold(order, deliveries);
    this.release();
    if (!isFirst || order.ms === undefined) return;
    this.#after(order.ms, () => {
      this.#faults.remove(order);
      this.release();
    });
  }

  /** Sends what faults held back that are over or were taken back, one after another. */
  release(): void {
    for (const deliveries of this.#held.release((fault) => !this.#faults.pending.includes(fault))) {
      void this.#sendInTurn(deliveries, this.#stop.signal);
    }
  }

  /** Sends the event again to every endpoint that wants it, as the dashboard's button does. */
  resend(event: StoredEvent, format?: "thin"): void {
    for (const delivery of this.#record(event, "pending", format)) this.#begin(event, delivery, 0);
  }

  deliveriesOf(eventId: string): readonly Delivery[] {
    return this.#deliveries.get(eventId) ?? [];
  }

  /** Everything sent or to be sent, for the state file. */
  all(): Delivery[] {
    return [...this.#deliveries.values()].flat();
  }

  /** False while an endpoint has not yet accepted the event: the `delivery_success` filter of the events list. */
  isDelivered(eventId: string): boolean {
    const endpoints = Map.groupBy(this.deliveriesOf(eventId), (delivery) => delivery.endpoint);
    return [...endpoints.values()].every((sent) => sent.some((delivery) => delivery.state === "delivered"));
  }

  /** Takes up deliveries that an earlier process left unfinished. */
  resume(deliveries: readonly Delivery[]): void {
    for (const delivery of deliveries) {
      this.#keep(delivery);
      if (delivery.state === "pending") this.#enqueue(delivery, 0);
    }
  }

  /** Ends the retries that the clock has left more than three days behind. */
  giveUp(): void {
    for (const delivery of this.all()) {
      if (delivery.state !== "pending" || delivery.attempts.length === 0 || !this.#isTooOld(delivery))
        continue;
      delivery.state = "failed";
      this.#countPending(delivery.event);
    }
  }

  /** Forgets all deliveries and cancels those under way. */
  reset(): void {
    this.close();
    this.#stop = new AbortController();
    this.#deliveries.clear();
  }

  close(): void {
    for (const timer of this.#timers) clearTimeout(timer);
    this.#timers.clear();
    this.#held.clear();
    this.#queue.length = 0;
    this.#stop.abort();
  }

  /** A delivery of the event to each endpoint that wants it. */
  #record(event: StoredEvent, state: "pending" | "dropped", format?: "thin"): Delivery[] {
    const since = this.#clock.now();
    const shape = format === undefined ? {} : { format };
    const deliveries = this.#receivers
      .wanting(event.type)
      .map((endpoint): Delivery => ({ event: event.id, endpoint, state, ...shape, since, attempts: [] }));
    for (const delivery of deliveries) this.#keep(delivery);
    this.#countPending(event.id);
    return deliveries;
  }

  #keep(delivery: Delivery): void {
    const others = this.#deliveries.get(delivery.event);
    if (others === undefined) this.#deliveries.set(delivery.event, [delivery]);
    else others.push(delivery);
  }

  /** In an outage the first attempt has failed before the event's cause is answered. */
  #begin(event: StoredEvent, delivery: Delivery, delayMilliseconds: number): void {
    if (delayMilliseconds === 0 && this.#faults.isOut(event.type)) {
      this.#conclude(event, delivery, refusedAttempt());
    } else this.#enqueue(delivery, delayMilliseconds);
  }

  #enqueue(delivery: Delivery, delayMilliseconds: number): void {
    this.#after(delayMilliseconds, () => {
      this.#queue.push(delivery);
      this.#drain();
    });
  }

  #after(milliseconds: number, action: () => void): void {
    const timer = setTimeout(() => {
      this.#timers.delete(timer);
      action();
    }, milliseconds).unref();
    this.#timers.add(timer);
  }

  #drain(): void {
    while (this.#inFlight < MAX_IN_FLIGHT) {
      const delivery = this.#queue.shift();
      if (delivery === undefined) return;
      this.#inFlight += 1;
      void this.#attempt(delivery, this.#stop.signal).finally(() => {
        this.#inFlight -= 1;
        this.#drain();
      });
    }
  }

  async #sendInTurn(deliveries: readonly Delivery[], stop: AbortSignal): Promise<void> {
    for (const delivery of deliveries) await this.#attempt(delivery, stop);
  }

  async #attempt(delivery: Delivery, stop: AbortSignal): Promise<void> {
    if (stop.aborted || delivery.state !== "pending") return;
    const event = this.#store.find("event", delivery.event);
    const receiver = this.#receivers.find(delivery.endpoint);
    if (event === undefined || receiver === undefined) {
      delivery.state = "failed";
      return;
    }
    const body = JSON.stringify(delivery.format === "thin" ? thinEventOf(event) : event);
    const attempt = this.#faults.isOut(event.type)
      ? refusedAttempt()
      : await postWebhook(receiver, body, this.#clock.now(), stop);
    if (!stop.aborted) this.#conclude(event, delivery, attempt);
  }

  #conclude(event: StoredEvent, delivery: Delivery, attempt: DeliveryAttempt): void {
    delivery.attempts.push(attempt);
    const { status } = attempt;
    this.#options.log(`webhook ${event.type} ${event.id} -> ${status ?? attempt.error}`);
    if (status !== null && status >= 200 && status < 300) {
      delivery.state = "delivered";
    } else if (delivery.attempts.length >= MAX_ATTEMPTS || this.#isTooOld(delivery)) {
      delivery.state = "failed";
    } else {
      const delay = this.#options.retryMilliseconds * 2 ** (delivery.attempts.length - 1);
      this.#enqueue(delivery, Math.min(delay, MAX_RETRY_MILLISECONDS));
    }
    this.#countPending(event.id);
  }

  #isTooOld({ since }: Delivery): boolean {
    return this.#clock.now() - since >= GIVE_UP_SECONDS;
  }

  #countPending(eventId: string): void {
    const event = this.#store.find("event", eventId);
    const pending = this.deliveriesOf(eventId).filter((delivery) => delivery.state === "pending").length;
    if (event !== undefined) this.#store.patch("event", event, { pending_webhooks: pending });
  }
}
