/** Stripe's deliveries: each event goes to the webhook until it is accepted; some go twice, late, in another order, or not at all. */
import { createHmac } from "node:crypto";
import { awaitedEvents } from "../../../generated/workflows/awaited-events.ts";
import { subscribedEventTypes } from "../../../lib/events/event-queues.ts";
import { WEBHOOK_SECRET } from "../world/environment-variables.ts";
import type { World } from "../world/world.ts";
import { answerIn, httpEvent } from "./api.ts";
import type { History } from "./history.ts";

const TIMEOUT_MS = 10_000;
const SUBSCRIBED: ReadonlySet<string> = new Set(subscribedEventTypes(awaitedEvents));
const LONGEST_DELAY_MS = 30_000;
const LONGEST_RETRY_MS = 60_000;

export interface Delivered {
  readonly id: string;
  readonly type: string;
  /** Unix seconds. */
  readonly created: number;
}

export class Webhooks {
  /** Every event that Stripe has recorded. */
  readonly events: Delivered[] = [];
  readonly #world: World;
  readonly #history: History;
  readonly #isLate: number;
  readonly #isTwice: number;
  readonly #isLost: number;
  #isCalm = false;

  constructor(world: World, history: History) {
    const { schedule } = world;
    this.#world = world;
    this.#history = history;
    this.#isLate = schedule.pick([0, 0.2, 0.5]);
    this.#isTwice = schedule.pick([0, 0.1, 0.4]);
    this.#isLost = schedule.pick([0, 0, 0.05, 0.2]);
  }

  calm(): void {
    this.#isCalm = true;
  }

  /** Begins the deliveries of what has happened at Stripe since the last time. */
  collect(): void {
    const { schedule, emulator } = this.#world;
    for (const event of emulator.newEvents()) {
      this.events.push({ id: event.id, type: event.type, created: event.created });
      schedule.note(`stripe: ${event.type} ${event.id}`);
      if (!SUBSCRIBED.has(event.type)) continue;
      const body = JSON.stringify(event);
      if (!this.#isCalm && schedule.chance(this.#isLost)) continue;
      const copies = !this.#isCalm && schedule.chance(this.#isTwice) ? 2 : 1;
      for (let copy = 0; copy < copies; copy += 1) {
        const delayMs = !this.#isCalm && schedule.chance(this.#isLate) ? schedule.below(LONGEST_DELAY_MS) : 0;
        schedule.later(`deliver ${event.id}`, delayMs, () => void this.#deliver(event.id, body));
      }
    }
  }

  /** Whether Stripe delivers every event in the end, so that nobody has to look for lost ones. */
  get isReliable(): boolean {
    return this.#isLost === 0;
  }

  async #deliver(id: string, body: string): Promise<void> {
    const { schedule, lambda } = this.#world;
    const timestamp = Math.floor(schedule.now / 1000);
    const signature = createHmac("sha256", WEBHOOK_SECRET).update(`${timestamp}.${body}`).digest("hex");
    const headers = {
      "content-type": "application/json",
      "stripe-signature": `t=${timestamp},v1=${signature}`,
    };
    const event = httpEvent("/api/webhooks/stripe", headers, body);
    const outcome = await lambda.invoke("stripe-webhook", event, TIMEOUT_MS);
    const isAccepted = outcome.kind === "response" && answerIn(outcome.value).status === 200;
    if (isAccepted) {
      this.#history.accepted.push({ eventId: id, at: schedule.now });
      return;
    }
    schedule.later(
      `deliver ${id} again`,
      schedule.below(LONGEST_RETRY_MS),
      () => void this.#deliver(id, body),
    );
  }
}
