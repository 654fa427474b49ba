/** Deliveries that the fault `reorder_webhooks` holds back. */

import type { FaultOf } from "../faults/faults.ts";
import type { Delivery } from "./delivery.ts";

type ReorderFault = FaultOf<"reorder_webhooks">;

export class HeldDeliveries {
  readonly #held = new Map<ReorderFault, Delivery[]>();

  /** Holds one event's deliveries. Returns whether it is the first event that the fault holds. */
  hold(fault: ReorderFault, deliveries: readonly Delivery[]): boolean {
    const before = this.#held.get(fault);
    if (before === undefined) this.#held.set(fault, [...deliveries]);
    else before.push(...deliveries);
    return before === undefined;
  }

  /** Removes and returns the deliveries of faults that are over, in the order in which to send them. */
  release(isOver: (fault: ReorderFault) => boolean): Delivery[][] {
    const over = [...this.#held].filter(([fault]) => isOver(fault));
    for (const [fault] of over) this.#held.delete(fault);
    return over.map(([{ seed }, deliveries]) =>
      seed === undefined ? deliveries.toReversed() : shuffled(deliveries, seed),
    );
  }

  clear(): void {
    this.#held.clear();
  }
}

/** Shuffles by the method of Fisher and Yates. The same seed gives the same order. */
function shuffled<T>(items: readonly T[], seed: number): T[] {
  const random = randomFrom(seed);
  const rest = [...items];
  const order: T[] = [];
  while (rest.length > 0) {
    const chosen = Math.floor(random() * rest.length);
    const [last] = rest.splice(-1);
    if (last === undefined) break;
    order.push(rest[chosen] ?? last);
    if (chosen < rest.length) rest[chosen] = last;
  }
  return order;
}

/** A generator of numbers from 0 to 1 (mulberry32). */
function randomFrom(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}
