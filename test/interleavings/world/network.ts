/** The way of every request from a Lambda to a service and back. Each request is a step, with the fault that the seed gives it. */
import type { Faults, Service } from "./faults.ts";
import type { Owner, Schedule } from "./schedule.ts";

/** Who sends requests: a Lambda. Once it has crashed, nothing of it continues. */
export interface Sender extends Owner {
  readonly name: string;
  /** What it works on: unique to each invocation. */
  readonly work: string;
  /** Its clock, in Unix milliseconds. */
  readonly now: () => number;
  crash(why: string): void;
  /** Nothing of it happens for this long. */
  freeze(ms: number): void;
}

export interface Request<T> {
  /** For the trace: `PutItem IdempotencyKeysTable`. */
  readonly name: string;
  readonly service: Service;
  /** Whether it creates or changes something at Stripe. */
  readonly isSale?: boolean;
  /** How long the caller waits for the response, in milliseconds. */
  readonly patienceMs: number;
  /** What the service does. Throws if it refuses the request. */
  readonly effect: () => T | Promise<T>;
  /** For the trace. */
  readonly describe?: (result: T) => string;
}

/** Why a request has no response. `throttled` means that it certainly had no effect. */
export class NoResponse extends Error {
  readonly kind: "broken" | "timeout" | "throttled";
  constructor(kind: NoResponse["kind"]) {
    super(`the simulated request had no response: ${kind}`);
    this.name = kind === "timeout" ? "TimeoutError" : "NetworkError";
    this.kind = kind;
  }
}

/** The longest time after which a request that its caller has given up still takes effect, in milliseconds. */
const LATEST_MS = 40_000;
/** The longest time that a machine stands still, in milliseconds: longer than any lease of a call. */
const LONGEST_FREEZE_MS = 27_000;
/** The longest time that a slow response takes, in milliseconds. */
const SLOWEST_MS = 9_000;

export class Network {
  readonly #schedule: Schedule;
  readonly #faults: Faults;

  constructor(schedule: Schedule, faults: Faults) {
    this.#schedule = schedule;
    this.#faults = faults;
  }

  /** Sends the request when the seed says so. Rejects with NoResponse, or with what the service throws; never settles after a crash. */
  send<T>(sender: Sender, request: Request<T>): Promise<T> {
    return new Promise((resolve, reject) => {
      const name = `${sender.name}: ${request.name}`;
      this.#schedule.later(name, 0, () => this.#arrive(sender, name, request, resolve, reject), sender);
    });
  }

  #arrive<T>(
    sender: Sender,
    name: string,
    request: Request<T>,
    resolve: (result: T) => void,
    reject: (reason: unknown) => void,
  ): void {
    const fault = this.#faults.next(request.service, request.isSale === true, request.patienceMs);
    const after = (delayMs: number, run: () => void) => void this.#schedule.later(name, delayMs, run, sender);
    const respond = (outcome: Outcome<T>) =>
      "result" in outcome ? resolve(outcome.result) : reject(outcome.reason);
    switch (fault) {
      case "none":
        void this.#perform(name, request).then(respond);
        return;
      case "slow":
        void this.#perform(`${name} [slow]`, request).then((outcome) => {
          const delayMs = this.#schedule.below(SLOWEST_MS);
          if (delayMs >= request.patienceMs)
            after(request.patienceMs, () => reject(new NoResponse("timeout")));
          else after(delayMs, () => respond(outcome));
        });
        return;
      case "request lost":
      case "throttled":
        this.#schedule.note(`${name} [${fault}]`);
        after(0, () => reject(new NoResponse(fault === "throttled" ? "throttled" : "broken")));
        return;
      case "response lost":
        void this.#perform(`${name} [${fault}]`, request).then(() =>
          after(0, () => reject(new NoResponse("broken"))),
        );
        return;
      case "late":
        this.#schedule.note(`${name} [times out]`);
        after(request.patienceMs, () => reject(new NoResponse("timeout")));
        this.#arriveLate(name, request);
        return;
      case "frozen":
        sender.freeze(this.#schedule.below(LONGEST_FREEZE_MS));
        after(0, () => void this.#perform(`${name} [frozen]`, request).then(respond));
        return;
      case "crash before":
        sender.crash(`before ${request.name}`);
        return;
      case "crash during":
        this.#arriveLate(name, request);
        sender.crash(`during ${request.name}`);
        return;
      case "crash after":
        void this.#perform(name, request).then(() => sender.crash(`after ${request.name}`));
        return;
    }
  }

  /** It is on its way whatever becomes of its sender. */
  #arriveLate<T>(name: string, request: Request<T>): void {
    this.#schedule.later(name, request.patienceMs + this.#schedule.below(LATEST_MS), () => {
      void this.#perform(`${name} [late]`, request);
    });
  }

  async #perform<T>(name: string, request: Request<T>): Promise<Outcome<T>> {
    try {
      const result = await request.effect();
      this.#schedule.note(`${name} -> ${request.describe?.(result) ?? "ok"}`);
      return { result };
    } catch (reason) {
      this.#schedule.note(`${name} -> ${reason instanceof Error ? reason.name : String(reason)}`);
      return { reason };
    }
  }
}

type Outcome<T> = { readonly result: T } | { readonly reason: unknown };
