/**
 * Simulates a day in steps of one second. Jobs wait in a line at each station; in each second, the quotas decide how many
 * leave it. The same seed gives the same day. No I/O, no clock.
 */
import { seededRandom } from "../../local/seeded-random.ts";
import { type Burst, chance, expectedAt } from "./demand.ts";
import { Line } from "./line.ts";
import type { Quotas } from "./quotas.ts";
import { share } from "./share.ts";
import { RESOURCES, type Resource, type Station } from "./workload.ts";

/** Times are in seconds since midnight UTC of the first day. */
export interface Outage {
  readonly resource: Resource;
  readonly from: number;
  readonly until: number;
}

export interface Day {
  /** On average over the day. */
  readonly paymentsPerSecond: number;
  readonly seconds: number;
  readonly seed: number;
  readonly bursts?: readonly Burst[];
  readonly outages?: readonly Outage[];
  /** Without the daily curve: the same rate all day. */
  readonly isFlat?: boolean;
}

/** A station after a second. */
export interface StationState {
  readonly name: string;
  /** Jobs that came, each counted once: those that left, wait, or come later. */
  readonly came: number;
  readonly left: number;
  readonly waiting: number;
  /** Jobs that are on their way here, or were refused and come again. */
  readonly later: number;
  readonly refused: number;
  readonly oldestSeconds: number;
  /** Seconds that the jobs that left the line have waited in it, together. */
  readonly waitedSeconds: number;
}

export interface Moment {
  readonly second: number;
  /** In this second. */
  readonly arrived: number;
  readonly stations: readonly StationState[];
  /** The share of each quota that this second used. */
  readonly used: ReadonlyMap<Resource, number>;
}

interface Running {
  readonly station: Station;
  readonly line: Line;
  /** Jobs by the second in which they arrive at the line. */
  readonly coming: Map<number, number>;
  came: number;
  left: number;
  later: number;
  refused: number;
  waitedSeconds: number;
  /** The part of a job that rounding has left over. */
  rest: number;
}

/** Runs the day, and shows `look` each second. */
export function simulate(
  stations: readonly Station[],
  quotas: Quotas,
  day: Day,
  look: (moment: Moment) => void,
): void {
  const random = seededRandom(day.seed);
  const running = stations.map(beginning);
  const tokens = new Map<Resource, number>();
  for (let second = 0; second < day.seconds; second++) {
    const expected = day.isFlat
      ? day.paymentsPerSecond
      : expectedAt(second, day.paymentsPerSecond, day.bursts ?? []);
    const arrived = chance(expected, random);
    for (const one of running) {
      if (one.station.after === undefined) comeTo(one, arrived, second, random);
      const jobs = one.coming.get(second) ?? 0;
      one.coming.delete(second);
      one.later -= jobs;
      one.line.join(jobs, second);
    }
    for (const resource of RESOURCES) {
      const { rate, burst = rate } = quotas[resource];
      const isOut = day.outages?.some((outage) => outage.resource === resource && isDuring(outage, second));
      tokens.set(
        resource,
        isOut ? 0 : Math.min(Math.max(burst, rate), (tokens.get(resource) ?? burst) + rate),
      );
    }
    const before = new Map(tokens);
    const leaving = share(running, tokens, second);
    running.forEach((one, place) => {
      const jobs = leaving[place] ?? 0;
      one.waitedSeconds += one.line.leave(jobs, second);
      one.left += jobs;
      for (const next of running)
        if (next.station.after === one.station.name) comeTo(next, jobs, second + 1, random);
      refuse(one, second);
    });
    const used = RESOURCES.map((resource): [Resource, number] => [
      resource,
      ((before.get(resource) ?? 0) - (tokens.get(resource) ?? 0)) / quotas[resource].rate,
    ]);
    look({ second, arrived, stations: running.map((one) => stateOf(one, second)), used: new Map(used) });
  }
}

function beginning(station: Station): Running {
  const none = { came: 0, left: 0, later: 0, refused: 0, waitedSeconds: 0, rest: 0 };
  return { station, line: new Line(), coming: new Map(), ...none };
}

/** `jobs` of the station before make jobs of this one. */
function comeTo(one: Running, jobs: number, second: number, random: () => number): void {
  const { perJob, delay } = one.station;
  const exact = jobs * perJob + one.rest;
  // Sums of shares such as 0.25 are exact; others must not lose a job to the last digit.
  const whole = Math.floor(exact + 1e-9);
  one.rest = exact - whole;
  one.came += whole;
  if (delay === undefined) expect(one, whole, second);
  else
    for (let job = 0; job < whole; job++)
      expect(one, 1, second + Math.round(-delay * Math.log(1 - random())));
}

function expect(one: Running, jobs: number, second: number): void {
  if (jobs === 0) return;
  one.coming.set(second, (one.coming.get(second) ?? 0) + jobs);
  one.later += jobs;
}

/** A caller that is refused does not wait in line, but calls again. */
function refuse(one: Running, second: number): void {
  const { againAfter } = one.station;
  const jobs = one.line.length;
  if (againAfter === undefined || jobs === 0) return;
  one.waitedSeconds += one.line.leave(jobs, second);
  one.refused += jobs;
  expect(one, jobs, second + againAfter);
}

const isDuring = ({ from, until }: Outage, second: number) => second >= from && second < until;

function stateOf(
  { station, line, came, left, later, refused, waitedSeconds }: Running,
  second: number,
): StationState {
  return {
    ...{ name: station.name, came, left, waiting: line.length, later, refused, waitedSeconds },
    oldestSeconds: line.oldest(second),
  };
}
