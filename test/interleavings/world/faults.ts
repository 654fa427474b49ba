/**
 * What can go wrong with a request, as the seed decides. Every seed has its own mixture: some have no faults and only disorder,
 * some many of one kind, and in some a whole service is away for a while. A failure is often not alone: what broke one request breaks
 * the next ones, too.
 */
import type { LIMITS } from "../../../lib/aws/timeouts.ts";
import type { Schedule } from "./schedule.ts";

/** `api`: our own, which the tools for agents call. */
export type Service = keyof typeof LIMITS | "stripe" | "api";

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
  /** The machine of the caller stands still, then goes on. */
  | "frozen"
  | "crash before"
  | "crash after"
  /** The machine of the caller dies, and its request takes effect later. */
  | "crash during";

const KINDS: readonly Exclude<Fault, "none">[] = [
  "request lost",
  "response lost",
  "throttled",
  "late",
  "slow",
  "frozen",
  "crash before",
  "crash after",
  "crash during",
];
/** After these, the caller does not know whether the request has had or will have an effect. */
const UNKNOWN_OUTCOMES: readonly Fault[] = ["response lost", "late", "late", "crash during"];
const SERVICES: readonly Service[] = ["dynamodb", "sqs", "sns", "ses", "stripe"];

/** How long a service stays away after its caller has given up a request, in milliseconds: for the next tries, or for the whole call. */
const BURSTS_MS = [100, 2_000, 10_000];

interface Outage {
  readonly service: Service;
  readonly from: number;
  readonly until: number;
}

export class Faults {
  readonly #schedule: Schedule;
  readonly #rate: number;
  readonly #kinds: readonly Exclude<Fault, "none">[];
  readonly #outage: Outage | undefined;
  /** How likely a failure is followed by more. */
  readonly #burst: number;
  /** Until when a service stays away after a failure, in Unix milliseconds. */
  readonly #awayUntil = new Map<Service, number>();
  #isOver = false;
  #count = 0;

  /** `lastMs`: how long there can be faults. */
  constructor(schedule: Schedule, lastMs: number) {
    this.#schedule = schedule;
    this.#rate = schedule.pick([0, 0, 0.02, 0.04, 0.08, 0.12]);
    const kinds = KINDS.filter(() => schedule.chance(0.6));
    this.#kinds = kinds.length === 0 ? KINDS : kinds;
    const from = schedule.now + schedule.below(lastMs / 4);
    this.#outage =
      this.#rate > 0 && schedule.chance(0.2)
        ? {
            service: schedule.pick(SERVICES),
            from,
            until: from + schedule.pick([schedule.below(lastMs), lastMs]),
          }
        : undefined;
    this.#burst = schedule.pick([0, 0.8]);
  }

  /** How many there were. */
  get count(): number {
    return this.#count;
  }

  /**
   * `isSale`: a request that creates or changes something at Stripe; most of what can go wrong with money begins there. `patienceMs`: how
   * long the caller waits for the response.
   */
  next(service: Service, isSale: boolean, patienceMs: number): Fault {
    if (this.#isOver) return "none";
    if (this.#isOut(service)) {
      this.#count += 1;
      return this.#schedule.pick(["request lost", "throttled"]);
    }
    if (!this.#schedule.chance(isSale ? 3 * this.#rate : this.#rate)) return "none";
    this.#count += 1;
    const fault = this.#schedule.pick(isSale && this.#schedule.chance(0.5) ? UNKNOWN_OUTCOMES : this.#kinds);
    if (UNKNOWN_OUTCOMES.includes(fault) && this.#schedule.chance(this.#burst))
      this.#awayUntil.set(
        service,
        this.#schedule.now + (fault === "late" ? patienceMs : 0) + this.#schedule.pick(BURSTS_MS),
      );
    return fault;
  }

  #isOut(service: Service): boolean {
    const { now } = this.#schedule;
    if (now < (this.#awayUntil.get(service) ?? 0)) return true;
    return this.#outage?.service === service && this.#outage.from <= now && now < this.#outage.until;
  }

  /** No request fails from now on. */
  end(): void {
    this.#isOver = true;
  }
}
