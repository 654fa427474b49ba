import type { Faults } from "../faults/faults.ts";
import { present } from "../present.ts";
import type { Clock } from "../state/clock.ts";
import type { Store, StoredEvent } from "../state/store.ts";
import { renderEvent } from "../versions/render-event.ts";
import { isThin, thinEventOf } from "../versions/thin-event.ts";
import { Deliveries } from "./deliveries.ts";
import type { Delivery } from "./delivery.ts";
import { HeldDeliveries } from "./held-deliveries.ts";
import { type DeliveryAttempt, postWebhook, refusedAttempt } from "./post.ts";
import type { WebhookReceivers } from "./receivers.ts";

export interface WebhookOptions {
  /** The delay before the first retry. It doubles with each further retry, up to a minute. */
  retryMilliseconds: number;
  log: (line: string) => void;
}

const MAX_ATTEMPTS = 16;
const MAX_RETRY_MILLISECONDS = 60_000;
/** https://docs.stripe.com/webhooks#automatic-retries */
const GIVE_UP_SECONDS = 3 * 24 * 60 * 60;
const MAX_IN_FLIGHT = 8;

/**
 * Delivers events to the webhook endpoints, at least once and in no particular order. Every response but a 2xx is
 * retried, for three days of the emulator's clock. No timer keeps the process alive; {@link close} ends the timers and
 * the requests that are under way.
 */
export class WebhookSender {
  readonly deliveries: Deliveries;
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
  /** Deliveries that are about to enter the queue. */
  #entering = 0;
  #waiting: (() => void)[] = [];

  constructor(
    store: Store,
    clock: Clock,
    faults: Faults,
    receivers: WebhookReceivers,
    options: WebhookOptions,
  ) {
    this.deliveries = new Deliveries(store);
    this.#store = store;
    this.#clock = clock;
    this.#faults = faults;
    this.#receivers = receivers;
    this.#options = options;
  }

  /** Queues the event for every endpoint that wants it, or does what a fault orders instead. Returns at once. */
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

  /** Sends, one after another, the deliveries that were held for faults which are used up or taken back. */
  release(): void {
    for (const deliveries of this.#held.release((fault) => !this.#faults.pending.includes(fault))) {
      void this.#sendInTurn(deliveries, this.#stop.signal);
    }
  }

  /** Sends the event again to every endpoint that wants it, as the button in Stripe's dashboard does. */
  resend(event: StoredEvent, format?: "thin"): void {
    for (const delivery of this.#record(event, "pending", format)) this.#begin(event, delivery, 0);
  }

  /** Continues deliveries that an earlier process did not finish. */
  resume(deliveries: readonly Delivery[]): void {
    for (const delivery of deliveries) {
      this.deliveries.add(delivery);
      if (delivery.state === "pending") this.#enqueue(delivery, 0);
    }
  }

  /** Ends the retries of deliveries that are older than three days on the clock. */
  giveUp(): void {
    for (const delivery of this.deliveries.all()) {
      const { state, attempts } = delivery;
      if (state !== "pending" || attempts.length === 0 || !this.#isTooOld(delivery)) continue;
      delivery.state = "failed";
      this.deliveries.countPending(delivery.event);
    }
  }

  /** Forgets all deliveries and cancels those under way. */
  reset(): void {
    this.close();
    this.#stop = new AbortController();
    this.deliveries.clear();
  }

  close(): void {
    for (const timer of this.#timers) clearTimeout(timer);
    this.#timers.clear();
    this.#held.clear();
    this.#queue.length = 0;
    this.#entering = 0;
    this.#stop.abort();
    this.#reportSettled();
  }

  /** Resolves once no delivery waits for its turn or is under way. Those that wait for a retry, or for a fault, do not count. */
  async settled(): Promise<void> {
    if (this.#isSettled()) return;
    await new Promise<void>((resolve) => this.#waiting.push(resolve));
  }

  #isSettled(): boolean {
    return this.#inFlight === 0 && this.#queue.length === 0 && this.#entering === 0;
  }

  #reportSettled(): void {
    if (!this.#isSettled()) return;
    for (const resolve of this.#waiting.splice(0)) resolve();
  }

  #record(event: StoredEvent, state: "pending" | "dropped", format?: "thin"): Delivery[] {
    const since = this.#clock.now();
    return this.deliveries.record(event, this.#receivers.wanting(event.type), {
      state,
      ...present({ format }),
      since,
    });
  }

  /** In an outage the first attempt fails before the request that caused the event gets its response. */
  #begin(event: StoredEvent, delivery: Delivery, delayMilliseconds: number): void {
    if (delayMilliseconds === 0 && this.#faults.isOut(event.type)) {
      this.#conclude(event, delivery, refusedAttempt());
    } else this.#enqueue(delivery, delayMilliseconds);
  }

  #enqueue(delivery: Delivery, delayMilliseconds: number): void {
    const enters = delayMilliseconds === 0 ? 1 : 0;
    this.#entering += enters;
    this.#after(delayMilliseconds, () => {
      this.#entering -= enters;
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
        this.#reportSettled();
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
    const body = JSON.stringify(
      delivery.format === "thin" || isThin(event.type)
        ? thinEventOf(event)
        : renderEvent(this.#store, event, this.#receivers.versionOf(delivery.endpoint) ?? event.api_version),
    );
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
    this.deliveries.countPending(event.id);
  }

  #isTooOld({ since }: Delivery): boolean {
    return this.#clock.now() - since >= GIVE_UP_SECONDS;
  }
}
