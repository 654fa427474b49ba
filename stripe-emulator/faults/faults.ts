/**
 * Faults that tests order through `POST /_emulator/faults`, each a given number of times.
 *
 * Of requests: `status` answers instead of the endpoint. 500 and 402 count as the endpoint's own result and are kept
 * under the idempotency key, as Stripe keeps them; any other status (429, 502, 503...) comes from in front of the
 * endpoint and is not kept. `delay` holds the request after its idempotency key is claimed. Three faults strike after
 * the work is done: `reset_after_commit` cuts the connection before anything is answered, `truncate` after half of the
 * body, and `stall` sends half of the body and then nothing for `ms`, after which it cuts the connection.
 *
 * Of events: `same_second` gives that many events the `created` of the first of them. `drop_webhooks` withholds
 * deliveries, which can be resent. `duplicate_webhooks` sends `copies` more of each, `delay_webhooks` sends them `ms`
 * later. `reorder_webhooks` holds back that many events and then delivers them one after another, the last one first,
 * or shuffled by `seed`. `webhook_outage` makes every attempt to deliver fail, until it is taken back or `until` has
 * come.
 */
import { fits } from "../protocol/pattern.ts";

/** What a fault may be limited to: requests by `method` and `path`, events by `type`. */
export interface Match {
  method?: string;
  path?: string;
  type?: string;
}

/** `times` is how often it still strikes; an outage has no such number, and does not use it. */
export type Fault = { match: Match; times: number } & (
  | { kind: "status"; status: number; body?: object }
  | { kind: "reset_after_commit" }
  | { kind: "truncate" }
  | { kind: "stall"; ms: number }
  | { kind: "delay"; ms: number }
  /** `created` in unix seconds, once the first event has struck it. */
  | { kind: "same_second"; created?: number }
  | { kind: "drop_webhooks" }
  | { kind: "duplicate_webhooks"; copies: number }
  | { kind: "delay_webhooks"; ms: number }
  /** With `ms` they are sent that long after the first one was held, even if fewer than `times` have come. */
  | { kind: "reorder_webhooks"; seed?: number; ms?: number }
  /** `until` in unix milliseconds of the machine's clock. */
  | { kind: "webhook_outage"; until?: number }
);
export type FaultKind = Fault["kind"];
export type FaultOf<K extends FaultKind> = Extract<Fault, { kind: K }>;
/** A fault of the connection over which the answer goes. */
export type AnswerFault = FaultOf<"reset_after_commit" | "truncate" | "stall">;

/** The faults still to be injected. */
export class Faults {
  pending: Fault[] = [];

  add(faults: readonly Fault[]): void {
    this.pending.push(...faults.map((fault) => ({ ...fault })));
  }

  /** Takes back all of them, or those of one kind. */
  clear(kind?: FaultKind): void {
    this.pending = this.pending.filter((fault) => kind !== undefined && fault.kind !== kind);
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
    const fault = this.pending.find(isWanted);
    if (fault === undefined) return undefined;
    fault.times -= 1;
    if (fault.times === 0) this.remove(fault);
    return fault;
  }

  /** When an event of this type happens, in unix seconds, if `now` it is. */
  createdOf(type: string, now: number): number {
    const fault = this.take("same_second", { type });
    if (fault === undefined) return now;
    fault.created ??= now;
    return fault.created;
  }

  /** Whether no delivery of this type reaches its receiver. */
  isOut(type: string): boolean {
    return this.pending.some(
      (fault) =>
        fault.kind === "webhook_outage" && matches(fault, { type }) && Date.now() < (fault.until ?? Infinity),
    );
  }
}

function matches({ match }: Fault, { method = "", path = "", type = "" }: Match): boolean {
  return (
    (match.method === undefined || match.method.toUpperCase() === method) &&
    (match.path === undefined || fits(match.path, path)) &&
    (match.type === undefined || fits(match.type, type))
  );
}
