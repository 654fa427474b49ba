/**
 * A range of Stripe's list, divided into lanes that are read concurrently. Stripe returns the newest events first and a page
 * names the next one, so within a lane the pages come one after another. Pure.
 *
 *   from ────────── lane ──── until ··· read ···      a page moves `until` back, to its oldest event
 *   from ─ new lane ─ mid | mid+1 ─ lane ─ until      an idle reader takes the older half of the longest lane
 */
/** What is left to read of a lane. */
export interface Lane {
  /** Unix seconds, both included. */
  readonly from: number;
  readonly until: number;
  /** The last event that was read; left out at the beginning. */
  readonly after?: string;
  /** How many pages were read, of it and of the lanes that it was divided from, and how many seconds they covered. */
  readonly pages: number;
  readonly seconds: number;
}

/** A lane is not divided before so many pages are read, nor when fewer are expected: an empty half costs a page too. */
const FEW_PAGES = 3;

export const laneOf = (from: number, until: number): Lane => ({ from, until, pages: 0, seconds: 0 });

/** The lane after a page; undefined if it has ended. `oldest`: when the page's last event was created. */
export function afterPage(
  lane: Lane,
  next: string | undefined,
  oldest: number | undefined,
): Lane | undefined {
  const until = Math.min(lane.until, oldest ?? lane.until);
  if (next === undefined || until < lane.from) return undefined;
  const seconds = lane.seconds + lane.until - until;
  return { from: lane.from, until, after: next, pages: lane.pages + 1, seconds };
}

/** The lane without its last event, which Stripe may no longer have: the second of that event is read again. */
export function withoutCursor({ after: _after, ...lane }: Lane): Lane {
  return lane;
}

/** How many pages the lane still has, if its events are spread evenly. */
function expectedPages({ from, until, pages, seconds }: Lane): number {
  return (pages / (seconds + 1)) * (until - from);
}

/** The lane that is expected to be the longest, and its two halves; undefined if none is worth dividing. */
export function divided(
  lanes: readonly Lane[],
): { readonly whole: Lane; readonly newer: Lane; readonly older: Lane } | undefined {
  const [whole] = lanes
    .filter((lane) => lane.pages >= FEW_PAGES && expectedPages(lane) > FEW_PAGES)
    .toSorted((a, b) => expectedPages(b) - expectedPages(a));
  if (whole === undefined) return undefined;
  const middle = Math.floor((whole.from + whole.until) / 2);
  return {
    whole,
    newer: { ...whole, from: middle + 1 },
    older: { ...withoutCursor(whole), until: middle },
  };
}
