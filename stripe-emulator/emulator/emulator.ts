import { followWithPendingSetup } from "../billing/pending-setup.ts";
import { followWithCheckout } from "../checkout/settle-session.ts";
import { followWithEntitlements } from "../entitlements/active-entitlements.ts";
import { Faults } from "../faults/faults.ts";
import { followWithSchedule } from "../schedules/end-schedule.ts";
import { Clock } from "../state/clock.ts";
import type { Context } from "../state/context.ts";
import { type EventCause, emitter, newEvent } from "../state/emit-event.ts";
import { IdempotencyKeys } from "../state/idempotency-keys.ts";
import { RequestLog } from "../state/request-log.ts";
import { Store } from "../state/store.ts";
import { onTestClock, testClockOfAny } from "../state/test-clock.ts";
import { WebhookReceivers } from "../webhooks/receivers.ts";
import { WebhookSender } from "../webhooks/sender.ts";
import { serveInnerRequest } from "./inner-request.ts";

/** What follows from an event for other objects, whoever caused it. */
const FOLLOWERS: readonly ((context: Context, type: string, object: object) => void)[] = [
  followWithPendingSetup,
  followWithSchedule,
  followWithEntitlements,
  followWithCheckout,
];

export interface EmulatorOptions {
  /** 0 takes a free port. */
  port: number;
  /** The only secret key that is accepted. By default any `sk_test_` or `rk_test_` key is. */
  secretKey?: string;
  /** The only publishable key that is accepted. By default any `pk_test_` key is. */
  publishableKey?: string;
  /** Where events are delivered. By default only webhook endpoints made through the API get any. */
  webhookUrl?: string;
  /** Each of them signs every delivery to `webhookUrl`. Default `["whsec_local"]`. */
  webhookSecrets?: string[];
  /** The delay before a delivery's first retry; it doubles with each further one, up to a minute. Default 1000. */
  webhookRetryMilliseconds?: number;
  /** The time in unix seconds. By default that of the machine. */
  now?: () => number;
  /** Shares the clock, and takes its part when the clock is moved. */
  clockFollower?: ClockFollower;
  /** A file that keeps the state across restarts. By default the state is lost. */
  stateFile?: string;
  /** Gets a line for each API request, each attempt to deliver an event, and each error. */
  log?: (line: string) => void;
}

/**
 * What shares the emulator's clock: the application whose payments the emulator plays. While the clock is moved, it has
 * its own things to do at their times. All times are in unix seconds.
 */
export interface ClockFollower {
  /** The clock is about to move. Returns the times in between at which something is due outside the emulator, in order. */
  begin(from: number, to: number): readonly number[];
  /** The clock is this far ahead of the machine's from now on. */
  show(offsetSeconds: number): void;
  /** Does what is due outside the emulator. Resolves once its consequences, and those of delivered events, have happened. */
  settle(): Promise<void>;
  /** The clock has been moved. */
  end(): void;
}

/** The parts of one running emulator, connected to each other. */
export interface Emulator {
  store: Store;
  clock: Clock;
  faults: Faults;
  idempotency: IdempotencyKeys;
  requests: RequestLog;
  receivers: WebhookReceivers;
  webhooks: WebhookSender;
  options: EmulatorOptions;
  log: (line: string) => void;
  /** Settles once the clocks have been moved as often as it was asked for. */
  clockMoved: Promise<void>;
  /** The test clocks that are being advanced, or wait for it. */
  advancing: Set<string>;
  /** 0 until the server listens. */
  port: number;
  /** `http://127.0.0.1:<port>`; empty until the server listens. */
  origin: string;
}

export function createEmulator(options: EmulatorOptions): Emulator {
  const log = options.log ?? (() => {});
  const store = new Store();
  const clock = new Clock(options.now);
  const faults = new Faults();
  const secrets = options.webhookSecrets ?? ["whsec_local"];
  const receivers = new WebhookReceivers(store, options.webhookUrl, secrets);
  const webhooks = new WebhookSender(store, clock, faults, receivers, {
    retryMilliseconds: options.webhookRetryMilliseconds ?? 1000,
    log,
  });
  return {
    store,
    clock,
    faults,
    idempotency: new IdempotencyKeys(clock),
    requests: new RequestLog(),
    receivers,
    webhooks,
    options,
    log,
    clockMoved: Promise.resolve(),
    advancing: new Set(),
    port: 0,
    origin: "",
  };
}

/**
 * The context of one API request; without `cause`, of an action by a browser or through the control interface. `about` has
 * ids of the objects in question: their test clock, if they have one, is the context's clock.
 */
export function contextFor(
  emulator: Emulator,
  cause: EventCause = { id: null, idempotency_key: null },
  about: readonly string[] = [],
): Context {
  const { store, clock, faults, webhooks, origin } = emulator;
  const createdOf = (type: string) => faults.createdOf(type, clock.now());
  const context: Context = {
    store,
    clock,
    testClock: null,
    origin,
    emit: emitter(store, createdOf, cause, (event) => webhooks.publish(event)),
    emitThin: (type, object) => {
      const apiVersion = store.apiVersion;
      const event = newEvent({ type, created: createdOf(type), data: { object }, cause, apiVersion });
      webhooks.publish(store.put("event", event));
      return event.id;
    },
    serve: serveInnerRequest,
    isDelivered: (eventId) => webhooks.deliveries.isDelivered(eventId),
  };
  const followed: Context = {
    ...context,
    emit: (type, object, previousAttributes) => {
      context.emit(type, object, previousAttributes);
      for (const follow of FOLLOWERS) follow(followed, type, object);
    },
  };
  return onTestClock(followed, testClockOfAny(store, about));
}
