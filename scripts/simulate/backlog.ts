/** What an outage leaves behind: the backlog at its end, and how long it takes to drain. Pure. */
import type { Moment, Outage } from "./model.ts";

/** A backlog is drained when no more waits than this share more than before the outage. */
const DRAINED = 1.05;

export class Backlog {
  readonly outage: Outage;
  #before = 0;
  atEnd = 0;
  /** Seconds from the end of the outage; undefined if the day ended before. */
  drainedAfter: number | undefined;

  constructor(outage: Outage) {
    this.outage = outage;
  }

  add({ second, stations }: Moment): void {
    const { from, until } = this.outage;
    const waiting = stations.reduce((sum, station) => sum + station.waiting, 0);
    if (second === from - 1) this.#before = waiting;
    if (second === until - 1) this.atEnd = waiting;
    if (
      second >= until &&
      this.drainedAfter === undefined &&
      waiting <= this.#before * DRAINED + stations.length
    )
      this.drainedAfter = second - until + 1;
  }
}
