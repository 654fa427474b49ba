/**
 * What can go wrong with a request, as the seed decides. Every seed has its own mixture: some have no faults and only disorder,
 * some many of one kind.
 */
import type { Schedule } from "./schedule.ts";

export type Fault =
  | "none"
  /** The request does not arrive; the caller learns that the connection broke. */
  | "request lost"
  /** The request takes effect, and the connection breaks before the response. */
  | "response lost"
  /** The service refuses the request for now. */
  | "throttled"
  /** The caller gives up waiting, and the request takes effect later. */
  | "late"
  /** The response comes after some seconds. */
  | "slow"
  | "crash before"
  | "crash after";

const KINDS: readonly Exclude<Fault, "none">[] = [
  "request lost",
  "response lost",
  "throttled",
  "late",
  "slow",
  "crash before",
  "crash after",
];

export class Faults {
  readonly #schedule: Schedule;
  readonly #rate: number;
  readonly #kinds: readonly Exclude<Fault, "none">[];
  #isOver = false;
  /** How many faults there were, by kind. */
  readonly counts: Record<string, number> = {};

  constructor(schedule: Schedule) {
    this.#schedule = schedule;
    this.#rate = schedule.pick([0, 0, 0.02, 0.05, 0.1, 0.15]);
    const kinds = KINDS.filter(() => schedule.chance(0.6));
    this.#kinds = kinds.length === 0 ? KINDS : kinds;
  }

  /** Whether this seed has any. */
  get isQuiet(): boolean {
    return this.#rate === 0;
  }

  next(): Fault {
    if (this.#isOver || !this.#schedule.chance(this.#rate)) return "none";
    const fault = this.#schedule.pick(this.#kinds);
    this.counts[fault] = (this.counts[fault] ?? 0) + 1;
    return fault;
  }

  /** No request fails from now on. */
  end(): void {
    this.#isOver = true;
  }
}
