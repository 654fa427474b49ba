import type Stripe from "stripe";
import type { Clock } from "./clock.ts";
import type { Store } from "./store.ts";
import { webhookSignature } from "./webhook-signature.ts";

export interface DeliveryAttempt {
  /** Unix milliseconds of the machine's clock. */
  at: number;
  /** The receiver's HTTP status, or null when there was no answer. */
  status: number | null;
  error: string | null;
}

/** One event on its way to one endpoint. `dropped` deliveries were withheld by a fault and can be resent. */
export interface Delivery {
  event: string;
  /** `default` for the webhook URL the emulator was started with, else a `we_...` id. */
  endpoint: string;
  state: "pending" | "delivered" | "failed" | "dropped";
  attempts: DeliveryAttempt[];
}

export interface WebhookOptions {
  url: string | undefined;
  secrets: readonly string[];
  /** Delay before the first retry; it doubles with each further one, up to a minute. */
  retryMilliseconds: number;
  /** True when a fault withholds the delivery of this event. */
  withhold: () => boolean;
  log: (line: string) => void;
}

const MAX_ATTEMPTS = 16;
const MAX_RETRY_MILLISECONDS = 60_000;
const TIMEOUT_MILLISECONDS = 10_000;
const MAX_IN_FLIGHT = 8;
const DEFAULT_ENDPOINT = "default";

/**
 * Delivers events to the webhook endpoints, at least once and in no particular order. Any answer but 2xx is retried.
 * Every timer is unreferenced; {@link close} ends them and the requests under way.
 */
export class WebhookSender {
  readonly #deliveries = new Map<string, Delivery[]>();
  url: string | undefined;
  readonly #store: Store;
  readonly #clock: Clock;
  readonly #options: WebhookOptions;
  readonly #timers = new Set<NodeJS.Timeout>();
  readonly #queue: Delivery[] = [];
  #stop = new AbortController();
  #inFlight = 0;

  constructor(store: Store, clock: Clock, options: WebhookOptions) {
    this.#store = store;
    this.#clock = clock;
    this.#options = options;
    this.url = options.url;
  }

  /** Queues the event for every endpoint that wants it. Returns at once. */
  publish(event: Stripe.EventBase): void {
    const state = this.#options.withhold() ? "dropped" : "pending";
    for (const endpoint of this.#endpointsFor(event)) {
      this.#start({ event: event.id, endpoint, state, attempts: [] });
    }
    this.#countPending(event.id);
  }

  /** Sends the event again to every endpoint, as the dashboard's button does. */
  resend(event: Stripe.EventBase): void {
    for (const endpoint of this.#endpointsFor(event)) {
      this.#start({ event: event.id, endpoint, state: "pending", attempts: [] });
    }
    this.#countPending(event.id);
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
    for (const delivery of deliveries) this.#start(delivery);
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
    this.#queue.length = 0;
    this.#stop.abort();
  }

  #endpointsFor(event: Stripe.EventBase): string[] {
    const registered = this.#store
      .all("webhook_endpoint")
      .filter((endpoint) => endpoint.status === "enabled")
      .filter(({ enabled_events: types }) => types.includes("*") || types.includes(event.type))
      .map((endpoint) => endpoint.id);
    return this.url === undefined ? registered : [DEFAULT_ENDPOINT, ...registered];
  }

  #target(endpoint: string): { url: string; secrets: readonly string[] } | undefined {
    if (endpoint === DEFAULT_ENDPOINT) {
      return this.url === undefined ? undefined : { url: this.url, secrets: this.#options.secrets };
    }
    const url = this.#store.find("webhook_endpoint", endpoint)?.url;
    const secret = this.#store.endpointSecrets.get(endpoint);
    return url === undefined || secret === undefined ? undefined : { url, secrets: [secret] };
  }

  #start(delivery: Delivery): void {
    const others = this.#deliveries.get(delivery.event);
    if (others === undefined) this.#deliveries.set(delivery.event, [delivery]);
    else others.push(delivery);
    if (delivery.state === "pending") this.#enqueue(delivery, 0);
  }

  #enqueue(delivery: Delivery, delayMilliseconds: number): void {
    const timer = setTimeout(() => {
      this.#timers.delete(timer);
      this.#queue.push(delivery);
      this.#drain();
    }, delayMilliseconds).unref();
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

  async #attempt(delivery: Delivery, stop: AbortSignal): Promise<void> {
    const event = this.#store.find("event", delivery.event);
    const target = this.#target(delivery.endpoint);
    if (event === undefined || target === undefined) {
      delivery.state = "failed";
      return;
    }
    const attempt = await post(target.url, JSON.stringify(event), target.secrets, this.#clock.now(), stop);
    if (stop.aborted) return;
    delivery.attempts.push(attempt);
    const accepted = attempt.status !== null && attempt.status >= 200 && attempt.status < 300;
    this.#options.log(`webhook ${event.type} ${event.id} -> ${attempt.status ?? attempt.error}`);
    if (accepted) {
      delivery.state = "delivered";
    } else if (delivery.attempts.length >= MAX_ATTEMPTS) {
      delivery.state = "failed";
    } else {
      const delay = this.#options.retryMilliseconds * 2 ** (delivery.attempts.length - 1);
      this.#enqueue(delivery, Math.min(delay, MAX_RETRY_MILLISECONDS));
    }
    this.#countPending(event.id);
  }

  #countPending(eventId: string): void {
    const event = this.#store.find("event", eventId);
    const pending = this.deliveriesOf(eventId).filter((delivery) => delivery.state === "pending").length;
    if (event !== undefined) this.#store.patch("event", event, { pending_webhooks: pending });
  }
}

async function post(
  url: string,
  body: string,
  secrets: readonly string[],
  timestamp: number,
  stop: AbortSignal,
): Promise<DeliveryAttempt> {
  const at = Date.now();
  try {
    const response = await fetch(url, {
      method: "POST",
      body,
      redirect: "manual",
      signal: AbortSignal.any([stop, AbortSignal.timeout(TIMEOUT_MILLISECONDS)]),
      headers: {
        "content-type": "application/json; charset=utf-8",
        "user-agent": "Stripe/1.0 (+https://stripe.com/docs/webhooks)",
        "stripe-signature": webhookSignature(body, secrets, timestamp),
      },
    });
    await response.arrayBuffer();
    return { at, status: response.status, error: null };
  } catch (error) {
    const cause = error instanceof Error && error.cause instanceof Error ? error.cause : error;
    return { at, status: null, error: cause instanceof Error ? cause.message : String(cause) };
  }
}
