/**
 * The one clock of the local stack: the machine's clock plus an offset, which `POST /_emulator/clock` of the Stripe
 * emulator moves. The threads of the stack share the offset. Functions and emulators know nothing of it: in their threads,
 * `Date` shows the stack's time.
 */

/** The memory that holds the offset; it is passed to threads. */
export type SharedOffset = SharedArrayBuffer;

export class StackClock {
  readonly shared: SharedOffset;
  readonly #offset: BigInt64Array;

  constructor(shared: SharedOffset = new SharedArrayBuffer(BigInt64Array.BYTES_PER_ELEMENT)) {
    this.shared = shared;
    this.#offset = new BigInt64Array(shared);
  }

  /** How far the stack's time is ahead of the machine's, in milliseconds. */
  get offsetMs(): number {
    return Number(Atomics.load(this.#offset, 0));
  }

  set offsetMs(value: number) {
    Atomics.store(this.#offset, 0, BigInt(Math.round(value)));
  }

  now(): Date {
    return new Date(Date.now() + this.offsetMs);
  }
}

/** From now on, `Date` in this thread shows the machine's time plus `offsetMs()`. Timers keep the machine's time. */
export function moveDate(offsetMs: () => number): void {
  const MachineDate = Date;
  const now = () => MachineDate.now() + offsetMs();
  const MovedDate = new Proxy(MachineDate, {
    construct: (target, given, newTarget) =>
      Reflect.construct(target, given.length === 0 ? [now()] : given, newTarget),
    apply: () => new MachineDate(now()).toString(),
    get: (target, property, receiver) => (property === "now" ? now : Reflect.get(target, property, receiver)),
  });
  MachineDate.prototype.constructor = MovedDate;
  globalThis.Date = MovedDate;
}
