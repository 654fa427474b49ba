/**
 * Faults that tests order through `POST /_emulator/faults`, each for a number of times.
 *
 * Faults of requests: `status` responds instead of the endpoint. A 500 or 402 counts as the endpoint's own result and is
 * kept under the idempotency key, as Stripe keeps it; any other status (429, 502, 503...) comes from a proxy in front of
 * the endpoint and is not kept. `delay` holds the request once its idempotency key is claimed. Three faults strike when
 * the work is done: `reset_after_commit` cuts the connection before the response, `truncate` cuts it after half of the
 * body, and `stall` sends half of the body, waits `ms` and then cuts it.
 *
 * Faults of events: `same_second` gives `times` events the `created` of the first one. `drop_webhooks` withholds
 * deliveries, which can be resent. `duplicate_webhooks` sends `copies` more of each, `delay_webhooks` sends them `ms`
 * later. `reorder_webhooks` holds `times` events and then delivers them one after another, the last one first or shuffled
 * by `seed`. `webhook_outage` makes every attempt to deliver fail until it is taken back, or until `until`.
 */
import { fits } from "../protocol/pattern.ts";

/** The requests (`method`, `path`) or events (`type`) that a fault is limited to. */
export interface Match {
  method?: string;
  path?: string;
  type?: string;
}

/**
 * `times` is how often the fault still strikes. An outage does not use it. `after` is how many requests that match are still let
 * through before.
 */
export type Fault = { match: Match; times: number; after?: number } & (
  | { kind: "status"; status: number; body?: object }
  | { kind: "reset_after_commit" }
  | { kind: "truncate" }
  | { kind: "stall"; ms: number }
  | { kind: "delay"; ms: number }
  /** `created` is in unix seconds; the first event sets it. */
  | { kind: "same_second"; created?: number }
  | { kind: "drop_webhooks" }
  | { kind: "duplicate_webhooks"; copies: number }
  | { kind: "delay_webhooks"; ms: number }
  /** With `ms`, the events are sent that long after the first one, even when there are fewer than `times`. */
  | { kind: "reorder_webhooks"; seed?: number; ms?: number }
  /** `until` is in unix milliseconds of the machine's clock. */
  | { kind: "webhook_outage"; until?: number }
);
export type FaultKind = Fault["kind"];
export type FaultOf<K extends FaultKind> = Extract<Fault, { kind: K }>;
/** A fault of the connection over which the response is sent. */
export type ConnectionFault = FaultOf<"reset_after_commit" | "truncate" | "stall">;

/** The faults that have yet to strike. */
export class Faults {
  pending: Fault[] = [];
  /** Lets the requests go on that a `delay` holds. */
  readonly #held = new Set<() => void>();

  add(faults: readonly Fault[]): void {
    this.pending.push(...faults.map((fault) => ({ ...fault })));
  }

  /** Takes back all of them, or those of one kind. Only to take back `delay` by its name lets the requests go on that it holds. */
  clear(kind?: FaultKind): void {
    this.pending = this.pending.filter((fault) => kind !== undefined && fault.kind !== kind);
    if (kind === "delay") for (const letGo of this.#held) letGo();
  }

  /** Holds a request for as long as the fault says. */
  async hold({ ms }: FaultOf<"delay">): Promise<void> {
    const { promise, resolve } = Promise.withResolvers<void>();
    this.#held.add(resolve);
    // Unreferenced: a request whose caller has gone must not keep the process alive.
    const timer = setTimeout(resolve, ms).unref();
    await promise;
    clearTimeout(timer);
    this.#held.delete(resolve);
  }

  remove(fault: Fault): void {
    this.pending = this.pending.filter((candidate) => candidate !== fault);
  }

  /** Uses up one occurrence of the first fault of this kind that matches. */
  take<K extends FaultKind>(
    kind: K,
    struck: Match,
    accepts: (fault: FaultOf<K>) => boolean = () => true,
  ): FaultOf<K> | undefined {
    const isOfKind = (fault: Fault): fault is FaultOf<K> => fault.kind === kind;
    const isWanted = (fault: Fault): fault is FaultOf<K> =>
      isOfKind(fault) && fault.times > 0 && matches(fault, struck) && accepts(fault);
    const fault = this.pending.find((one): one is FaultOf<K> => isWanted(one) && !letsThrough(one));
    if (fault === undefined) return undefined;
    fault.times -= 1;
    if (fault.times === 0) this.remove(fault);
    return fault;
  }

  /** The `created` of an event of this type that happens now, in unix seconds. */
  createdOf(type: string, now: number): number {
    const fault = this.take("same_second", { type });
    if (fault === undefined) return now;
    fault.created ??= now;
    return fault.created;
  }

  /** Whether deliveries of this type fail, because of an outage. */
  isOut(type: string): boolean {
    return this.pending.some(
      (fault) =>
        fault.kind === "webhook_outage" && matches(fault, { type }) && Date.now() < (fault.until ?? Infinity),
    );
  }
}

/** Whether this request is one of those before the fault strikes. It is counted. */
function letsThrough(fault: Fault): boolean {
  const { after = 0 } = fault;
  if (after > 0) fault.after = after - 1;
  return after > 0;
}

function matches({ match }: Fault, { method = "", path = "", type = "" }: Match): boolean {
  return (
    (match.method === undefined || match.method.toUpperCase() === method) &&
    (match.path === undefined || fits(match.path, path)) &&
    (match.type === undefined || fits(match.type, type))
  );
}
