/** A vendor that knows idempotency keys as Stripe does. Each step of a workflow names itself as the customer, so it sees which step calls. */
import { Problem, type ProblemCode } from "../../../lib/errors.ts";
import { fieldsOf } from "../../../lib/untrusted.ts";

/** What the next calls of a step come to at the vendor; afterwards they succeed. */
export type Fate =
  /** The vendor did it, and its answer was lost. */
  | "lost"
  /** The vendor did nothing. */
  | "down"
  /** Waits until `release`. */
  | "slow"
  | { readonly refused: ProblemCode };

export class Vendor {
  /** The steps of all calls. */
  readonly calls: string[] = [];
  readonly #effects = new Map<string, Set<string>>();
  readonly #fates = new Map<string, Fate[]>();
  #held = 0;
  #released = Promise.resolve();
  #release = () => {};

  /** The operation of the capability. */
  readonly operation = async (inputs: object, { idempotencyKey }: { readonly idempotencyKey: string }) => {
    const step = String(fieldsOf(inputs).customerId);
    this.calls.push(step);
    const fate = this.#fates.get(step)?.shift();
    if (fate === "down") throw new Problem("SERVICE_UNAVAILABLE", "The vendor is down");
    if (typeof fate === "object") throw new Problem(fate.refused, "The vendor refuses");
    if (fate === "slow") {
      this.#held += 1;
      await this.#released;
      this.#held -= 1;
    }
    this.#effects.set(step, (this.#effects.get(step) ?? new Set()).add(idempotencyKey));
    if (fate === "lost") throw new Problem("TIMEOUT", "The answer was lost");
    return { receipt: `secret-${step}` };
  };

  /** How many effects a step had: one for each idempotency key. */
  effectsOf(step: string): number {
    return this.#effects.get(step)?.size ?? 0;
  }

  /** What the next calls of these steps come to. */
  next(plan: Readonly<Record<string, readonly Fate[]>>): void {
    for (const [step, fates] of Object.entries(plan)) this.#fates.set(step, [...fates]);
  }

  /** Lets the slow calls wait from now on, until `release`. */
  hold(): void {
    this.#released = new Promise((resolve) => {
      this.#release = resolve;
    });
  }

  release(): void {
    this.#release();
  }

  /** Whether a call waits until `release`. */
  get isHeld(): boolean {
    return this.#held > 0;
  }

  /** Forgets what has happened. */
  reset(): void {
    this.#effects.clear();
    this.#fates.clear();
    this.calls.length = 0;
  }
}
