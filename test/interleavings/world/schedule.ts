/**
 * The one scheduler of a simulated world. Everything that happens is a step: a request that reaches a service, a timer, a
 * delivery, a crash. The seed picks the next of the steps that are ready, so it decides the order of everything. Between two steps,
 * the code under test runs until it waits for a step again.
 *
 * All times are Unix milliseconds of the world's own clock, which moves only from step to step.
 */
import { createHash, type Hash } from "node:crypto";
import { seededRandom } from "../../../local/seeded-random.ts";

/** What a step belongs to: once its owner is gone, it never runs. */
export interface Owner {
  readonly isGone: boolean;
  /** Until then, none of its steps runs: its machine stands still. Unix milliseconds. */
  readonly frozenUntil: number;
}

interface Step {
  readonly name: string;
  readonly at: number;
  readonly owner: Owner | undefined;
  readonly isTimer: boolean;
  readonly run: () => void;
}

/** How far the clock moves with a step, at most, in milliseconds. */
const LONGEST_STEP_MS = 12;
/** More steps than any seed needs: a world that goes on is a bug. */
const MOST_STEPS = 500_000;

export class Schedule {
  readonly random: () => number;
  readonly #trace: Hash = createHash("sha256");
  readonly #line: ((line: string) => void) | undefined;
  readonly #startedAt: number;
  #now: number;
  /** In the order in which they were added. */
  #steps: Step[] = [];
  #count = 0;

  constructor(seed: number, startsAt: number, line?: (line: string) => void) {
    this.random = seededRandom(seed);
    this.#now = startsAt;
    this.#startedAt = startsAt;
    this.#line = line;
  }

  get now(): number {
    return this.#now;
  }

  get steps(): number {
    return this.#count;
  }

  /** A whole number from 0 to below `limit`. */
  below(limit: number): number {
    return Math.floor(this.random() * limit);
  }

  chance(probability: number): boolean {
    return this.random() < probability;
  }

  pick<T>(items: readonly T[]): T {
    const picked = items[this.below(items.length)];
    if (picked === undefined) throw new Error("There is nothing to pick from");
    return picked;
  }

  /** Lets `run` happen from `delayMs` on, whenever the seed picks it. The returned function takes it back. */
  later(name: string, delayMs: number, run: () => void, owner?: Owner): () => void {
    return this.#add({ name, delayMs, run, owner, isTimer: false });
  }

  /** A timer of the code under test: of the timers that are due, the earliest comes first, and before any other step. */
  timer(delayMs: number, run: () => void, owner?: Owner): () => void {
    return this.#add({ name: "timer", delayMs, run, owner, isTimer: true });
  }

  #add(wanted: Omit<Step, "at"> & { readonly delayMs: number }): () => void {
    const { name, delayMs, run, owner, isTimer } = wanted;
    const step = { name, run, owner, isTimer, at: this.#now + Math.max(0, delayMs) };
    this.#steps.push(step);
    return () => this.#remove(step);
  }

  #remove(step: Step): void {
    const place = this.#steps.indexOf(step);
    if (place >= 0) this.#steps.splice(place, 1);
  }

  /** Adds a line to the trace: a fact that the order of the steps has led to. */
  note(fact: string): void {
    const line = `${String(this.#now - this.#startedAt).padStart(9)} ${fact}`;
    this.#trace.update(`${line}\n`);
    this.#line?.(line);
  }

  /** Of everything that has happened. */
  digest(): string {
    return this.#trace.copy().digest("hex").slice(0, 16);
  }

  /** Runs steps until none is left, or the next one is after `until`; then the clock shows `until`, if it is finite. */
  async run(until = Number.POSITIVE_INFINITY): Promise<void> {
    await turn();
    for (;;) {
      await quiet();
      const step = this.#next(until);
      if (step === undefined) break;
      this.#remove(step);
      this.#count += 1;
      if (this.#count > MOST_STEPS) throw new Error(`The world did not end after ${MOST_STEPS} steps`);
      step.run();
    }
    if (Number.isFinite(until)) this.#now = Math.max(this.#now, until);
  }

  #next(until: number): Step | undefined {
    let earliest = Number.POSITIVE_INFINITY;
    let isAnyGone = false;
    for (const step of this.#steps) {
      if (step.owner?.isGone === true) isAnyGone = true;
      else earliest = Math.min(earliest, readyAt(step));
    }
    if (isAnyGone) this.#steps = this.#steps.filter(({ owner }) => owner?.isGone !== true);
    if (this.#steps.length === 0 || earliest > until) return undefined;
    this.#now = Math.max(this.#now, earliest);
    const ready = this.#steps.filter((step) => readyAt(step) <= this.#now);
    let timer: Step | undefined;
    for (const step of ready) if (step.isTimer && (timer === undefined || step.at < timer.at)) timer = step;
    if (timer !== undefined) return timer;
    this.#now += 1 + this.below(LONGEST_STEP_MS);
    return this.pick(ready);
  }
}

const readyAt = ({ at, owner }: Step) => Math.max(at, owner?.frozenUntil ?? 0);

/**
 * Resolves once the code under test waits for nothing but steps: ticks come when no promise is left to settle. The second one is for
 * code that waits for a tick itself.
 */
const quiet = () => new Promise<void>((resolve) => process.nextTick(() => process.nextTick(resolve)));

/** Lets the event loop turn, which ticks alone never do. */
const turn = () => new Promise<void>((resolve) => void setImmediate(resolve));
