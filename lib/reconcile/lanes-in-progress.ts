/** The lanes of one part of a pass while several readers work on them: each lane has one reader at a time. No I/O. */
import { afterPage, divided, type Lane } from "./lanes.ts";
import type { EventPage, ListedEvent } from "./list-events.ts";

export class LanesInProgress {
  readonly #lanes: Map<number, Lane>;
  readonly #taken = new Set<number>();
  /** The taken lanes whose page has arrived. */
  readonly #received = new Set<number>();
  #isStopped = false;
  #waiting: (() => void)[] = [];
  #nextPlace: number;

  constructor(lanes: readonly Lane[]) {
    this.#lanes = new Map(lanes.entries());
    this.#nextPlace = lanes.length;
  }

  /**
   * The place of a lane that nobody reads, or else of the older half of the longest one, for the caller to read a page of. Waits
   * while other readers may still give some back. Undefined if nothing is left, or a reader has failed, or time has run out.
   */
  async take(hasTime: () => boolean): Promise<number | undefined> {
    while (!this.#isStopped && hasTime()) {
      const place = this.#freePlace();
      if (place !== undefined) {
        this.#taken.add(place);
        return place;
      }
      if (this.#taken.size === 0) return undefined;
      await new Promise<void>((resolve) => this.#waiting.push(resolve));
    }
    return undefined;
  }

  /** The lane at a place that the reader has taken, as it is now: until its page arrives, it may be divided at any time. */
  at(place: number): Lane {
    const lane = this.#lanes.get(place);
    if (lane === undefined) throw new Error(`No lane is at place ${place}`);
    return lane;
  }

  /**
   * The events of a page that has arrived which are the lane's own. If the lane was divided meanwhile, the page may contain
   * the beginning of the older half, whose reader receives those events too: both would find and queue the missing ones. From
   * now until it is given back, the lane is not divided, so its own events stay its own.
   */
  receive(place: number, { events }: EventPage): readonly ListedEvent[] {
    this.#received.add(place);
    const { from } = this.at(place);
    return events.filter(({ queued }) => queued.head.created >= from);
  }

  /** Notes that the page of the lane that the reader has taken was compared. */
  advance(place: number, { events, next }: EventPage): void {
    const after = afterPage(this.at(place), next, events.at(-1)?.queued.head.created);
    if (after === undefined) this.#lanes.delete(place);
    else this.#lanes.set(place, after);
  }

  giveBack(place: number): void {
    this.#taken.delete(place);
    this.#received.delete(place);
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
    const division = divided(
      [...this.#lanes].flatMap(([place, lane]) => (this.#received.has(place) ? [] : [lane])),
    );
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
