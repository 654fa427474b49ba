/** Sums up the seconds of a simulated day by hour. Pure. */
import type { Moment } from "./model.ts";
import type { Resource } from "./workload.ts";

export interface Hour {
  readonly hour: number;
  arrived: number;
  mostArrived: number;
  /** Payments whose events are all applied, in this hour. */
  done: number;
  /** At the end of the hour. */
  atSteps: number;
  atWebhook: number;
  inQueues: number;
  oldestSeconds: number;
  /** The most that was used of each quota in a second, as a share. */
  readonly used: Map<Resource, number>;
}

const QUEUES = ["payment-intent events", "customer events"];

export class Hours {
  readonly all: Hour[] = [];
  #doneBefore = 0;

  add({ second, arrived, stations, used }: Moment): void {
    const hour = this.#hourOf(second);
    hour.arrived += arrived;
    hour.mostArrived = Math.max(hour.mostArrived, arrived);
    for (const [resource, part] of used)
      hour.used.set(resource, Math.max(hour.used.get(resource) ?? 0, part));
    if ((second + 1) % 3600 !== 0) return;
    const sum = (pick: (station: Moment["stations"][number]) => number) =>
      stations.reduce((all, station) => all + pick(station), 0);
    const isQueue = (name: string) => QUEUES.includes(name);
    hour.atSteps = sum(({ name, waiting }) => (isQueue(name) || name === "webhook" ? 0 : waiting));
    hour.atWebhook = sum(({ name, later }) => (name === "webhook" ? later : 0));
    hour.inQueues = sum(({ name, waiting }) => (isQueue(name) ? waiting : 0));
    hour.oldestSeconds = Math.max(...stations.map(({ oldestSeconds }) => oldestSeconds));
    const done = paymentsDone(stations);
    hour.done = done - this.#doneBefore;
    this.#doneBefore = done;
  }

  #hourOf(second: number): Hour {
    const hour = Math.floor(second / 3600);
    const found = this.all[hour];
    if (found !== undefined) return found;
    const zero = {
      arrived: 0,
      mostArrived: 0,
      done: 0,
      atSteps: 0,
      atWebhook: 0,
      inQueues: 0,
      oldestSeconds: 0,
    };
    const begun = { hour, ...zero, used: new Map<Resource, number>() };
    this.all.push(begun);
    return begun;
  }
}

/** Of the payments that were paid, those whose events the slowest queue has applied. */
export function paymentsDone(stations: Moment["stations"]): number {
  const paid = stations.find(({ name }) => name === "pay page");
  const shares = stations
    .filter(({ name }) => QUEUES.includes(name))
    .map(({ came, left, later }) => (came === later ? 0 : left / came));
  // Events that Stripe sends again have not come to a queue yet.
  const webhook = stations.find(({ name }) => name === "webhook");
  const received = webhook === undefined || webhook.came === 0 ? 0 : webhook.left / webhook.came;
  return Math.floor((paid?.left ?? 0) * received * Math.min(...shares, 1));
}
