/** The emulator's time: the given clock plus an offset, which tests advance. All values are in unix seconds, UTC. */
export class Clock {
  readonly #source: () => number;
  offsetSeconds = 0;

  constructor(source: () => number = () => Date.now() / 1000) {
    this.#source = source;
  }

  now(): number {
    return Math.floor(this.#source()) + this.offsetSeconds;
  }

  /** In unix milliseconds. */
  nowMilliseconds(): number {
    return Math.floor((this.#source() + this.offsetSeconds) * 1000);
  }

  advance(seconds: number): void {
    this.offsetSeconds += seconds;
  }
}
