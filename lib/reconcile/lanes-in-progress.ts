/** The lanes of one part of a pass while several readers work on them: each lane has one reader at a time. No I/O. */
import { afterPage, divided, type Lane } from "./lanes.ts";
import type { EventPage } from "./list-events.ts";

export class LanesInProgress {
  readonly #lanes: Map<number, Lane>;
  readonly #taken = new Set<number>();
  #isStopped = false;
  #waiting: (() => void)[] = [];
  #nextPlace: number;

  constructor(lanes: readonly Lane[]) {
    this.#lanes = new Map(lanes.entries());
    this.#nextPlace = lanes.length;
  }

  /**
   * A lane that nobody reads, or else the older half of the longest one, for the caller to read a page of. Waits while other
   * readers may still give some back. Undefined if nothing is left, or a reader has failed, or time has run out.
   */
  async take(hasTime: () => boolean): Promise<{ readonly place: number; readonly lane: Lane } | undefined> {
    while (!this.#isStopped && hasTime()) {
      const place = this.#freePlace();
      const lane = place === undefined ? undefined : this.#lanes.get(place);
      if (place !== undefined && lane !== undefined) {
        this.#taken.add(place);
        return { place, lane };
      }
      if (this.#taken.size === 0) return undefined;
      await new Promise<void>((resolve) => this.#waiting.push(resolve));
    }
    return undefined;
  }

  /** Notes that the page was read of the lane that the reader has taken. */
  advance(place: number, { events, next }: EventPage): void {
    const lane = this.#lanes.get(place);
    // It may have been divided meanwhile: then the page may already contain the beginning of the older half.
    const after = lane && afterPage(lane, next, events.at(-1)?.queued.head.created);
    if (after === undefined) this.#lanes.delete(place);
    else this.#lanes.set(place, after);
  }

  giveBack(place: number): void {
    this.#taken.delete(place);
    this.#wake();
  }

  /** Lets every reader end after its page. */
  stop(): void {
    this.#isStopped = true;
    this.#wake();
  }

  /** What is left to read. */
  left(): Lane[] {
    return [...this.#lanes.values()];
  }

  #freePlace(): number | undefined {
    const free = [...this.#lanes.keys()].find((place) => !this.#taken.has(place));
    if (free !== undefined) return free;
    const division = divided(this.left());
    if (division === undefined) return undefined;
    const { whole, newer, older } = division;
    for (const [place, lane] of this.#lanes) if (lane === whole) this.#lanes.set(place, newer);
    const place = this.#nextPlace;
    this.#nextPlace += 1;
    this.#lanes.set(place, older);
    return place;
  }

  #wake(): void {
    const waiting = this.#waiting;
    this.#waiting = [];
    for (const resolve of waiting) resolve();
  }
}
