/** The model of `npm run simulate`: nothing is lost in it, and its lines obey Little's law. */
import { readFileSync } from "node:fs";
import { describe, expect, it } from "@jest/globals";
import fc from "fast-check";
import { seededRandom } from "../../local/seeded-random.ts";
import { simulateCommand } from "../../scripts/simulate/command.ts";
import { compareWithModel } from "../../scripts/simulate/comparison.ts";
import { chance } from "../../scripts/simulate/demand.ts";
import { Hours } from "../../scripts/simulate/hours.ts";
import { readMeasuredTimes } from "../../scripts/simulate/measured-times.ts";
import { type Day, type Moment, simulate } from "../../scripts/simulate/model.ts";
import { drawDay } from "../../scripts/simulate/picture.ts";
import { breakingPoints, QUOTAS, usePerPayment, withQuotas } from "../../scripts/simulate/quotas.ts";
import { RESOURCES, stationsOf } from "../../scripts/simulate/workload.ts";
import { askedFor } from "../steps/commands.ts";
import { tries } from "../steps/effort.ts";

const counted = JSON.parse(readFileSync("scripts/cost/counted-calls.json", "utf8"))["process-payment"];
const STATIONS = stationsOf(counted, readMeasuredTimes());
const SECONDS = tries({ sample: 120, whole: 250 });
const RUNS = { numRuns: tries({ sample: 5, whole: 300 }) };

/** Days with any rate, quotas, outages and bursts: many of them are too much. */
const anyDay = fc.record({
  rate: fc.double({ min: 0.01, max: 60, noNaN: true }),
  seed: fc.nat(),
  quotas: fc.dictionary(fc.constantFrom(...RESOURCES), fc.double({ min: 0.5, max: 500, noNaN: true })),
  outages: fc.array(
    fc.record({
      resource: fc.constantFrom(...RESOURCES),
      from: fc.nat(SECONDS),
      until: fc.nat(SECONDS),
    }),
    { maxLength: 3 },
  ),
});

type AnyDay = typeof anyDay extends fc.Arbitrary<infer T> ? T : never;

function played({ rate, seed, quotas, outages }: AnyDay, more: Partial<Day> = {}) {
  const moments: Moment[] = [];
  const used = withQuotas(
    new Map(RESOURCES.flatMap((name) => (quotas[name] === undefined ? [] : [[name, quotas[name]] as const]))),
  );
  const day = { paymentsPerSecond: rate, seconds: SECONDS, seed, outages, isFlat: true, ...more };
  simulate(STATIONS, used, day, (moment) => moments.push(moment));
  return { moments, quotas: used };
}

describe("given a simulated day", () => {
  it("no payment is lost: what came to a station has left it, waits, or comes later", () => {
    fc.assert(
      fc.property(anyDay, (day) => {
        const { moments } = played(day);
        let arrived = 0;
        for (const moment of moments) {
          arrived += moment.arrived;
          const wrong = moment.stations.filter(({ name, came, left, waiting, later }) => {
            const { after, perJob } = STATIONS.find((station) => station.name === name) ?? { perJob: 1 };
            const before = moment.stations.find((station) => station.name === after)?.left ?? arrived;
            const isWhole = left + waiting + later === came && Math.min(left, waiting, later) >= 0;
            return !isWhole || Math.abs(came - before * perJob) >= 1;
          });
          if (wrong.length > 0) expect(wrong).toEqual([]);
        }
      }),
      RUNS,
    );
  });

  it("Little's law: the lengths of a line, summed over time, are what its jobs have waited", () => {
    fc.assert(
      fc.property(anyDay, (day) => {
        const { moments } = played({ ...day, outages: [] });
        const last = moments.at(-1);
        STATIONS.forEach(({ name }, place) => {
          const summed = moments.reduce((sum, { stations }) => sum + (stations[place]?.waiting ?? 0), 0);
          const { waitedSeconds = 0, waiting = 0, oldestSeconds = 0 } = last?.stations[place] ?? {};
          // Those that still wait have waited between nothing and as long as the first of them.
          expect([name, summed >= waitedSeconds]).toEqual([name, true]);
          expect(summed).toBeLessThanOrEqual(waitedSeconds + waiting * (oldestSeconds + 1));
          if (waiting === 0) expect(summed).toBe(waitedSeconds);
        });
      }),
      RUNS,
    );
  });

  it("no second uses more of a quota than there is, and an outage lets nothing through", () => {
    fc.assert(
      fc.property(anyDay, (day) => {
        const { moments, quotas } = played(day);
        for (const { second, used } of moments) {
          for (const [resource, part] of used) {
            const { rate, burst = rate } = quotas[resource];
            const isOut = day.outages.some(
              (outage) => outage.resource === resource && second >= outage.from && second < outage.until,
            );
            const most = (isOut ? 0 : Math.max(rate, burst)) + 1e-6;
            if (part * rate > most) expect([resource, part * rate]).toEqual([resource, most]);
          }
        }
      }),
      RUNS,
    );
  });

  it("the same seed gives the same day, and another seed another one", () => {
    const day = { rate: 7, seed: 1, quotas: {}, outages: [] };
    expect(played(day).moments).toEqual(played(day).moments);
    expect(played({ ...day, seed: 2 }).moments).not.toEqual(played(day).moments);
  });
});

describe("given the rate at which a quota breaks", () => {
  const points = breakingPoints(STATIONS, QUOTAS);
  const waitingAfter = (rate: number) => {
    const { moments } = played({ rate, seed: 3, quotas: {}, outages: [] }, { seconds: 1_500 });
    const { stations = [] } = moments.at(-1) ?? {};
    return stations.reduce((sum, { waiting }) => sum + waiting, 0);
  };

  it("the simulation breaks there, too: below it nothing piles up, and above it more and more waits", () => {
    const [first] = points;
    const rate = first?.paymentsPerSecond ?? Number.NaN;
    expect(waitingAfter(rate * 0.8)).toBeLessThan(rate * 20);
    expect(waitingAfter(rate * 1.3)).toBeGreaterThan(rate * 80);
  });

  it("twice the quota breaks at twice the rate", () => {
    for (const { resource, paymentsPerSecond, rate } of points) {
      const more = breakingPoints(STATIONS, withQuotas(new Map([[resource, rate * 2]])));
      expect(more.find((point) => point.resource === resource)?.paymentsPerSecond).toBeCloseTo(
        2 * paymentsPerSecond,
      );
    }
  });

  it("Stripe's requests, mails, states and events of a payment are those that docs/cost.md counts", () => {
    const requests = Object.values<{ stripeRequests: number }>(counted.functions).reduce(
      (sum, { stripeRequests }) => sum + stripeRequests,
      0,
    );
    expect(usePerPayment(STATIONS, "stripe")).toBeCloseTo(requests);
    expect(usePerPayment(STATIONS, "mails")).toBeCloseTo(counted.mails);
    expect(usePerPayment(STATIONS, "transitions")).toBeCloseTo(counted.stateTransitions);
    expect(usePerPayment(STATIONS, "webhook-route")).toBeCloseTo(
      counted.functions["stripe-webhook"].invocations,
    );
  });
});

describe("given chance", () => {
  const DRAWS = tries({ sample: 10_000, whole: 50_000 });

  it("it has the expected mean and, as for independent payers, a variance as large as the mean", () => {
    for (const mean of [0.2, 3, 40, 300]) {
      const random = seededRandom(7);
      const drawn = Array.from({ length: DRAWS }, () => chance(mean, random));
      const average = drawn.reduce((sum, value) => sum + value, 0) / drawn.length;
      const variance = drawn.reduce((sum, value) => sum + (value - average) ** 2, 0) / drawn.length;
      expect(Math.abs(average / mean - 1)).toBeLessThan(0.05);
      expect(Math.abs(variance / mean - 1)).toBeLessThan(0.1);
    }
  });
});

describe("given the command line", () => {
  const asked = (words: string) => askedFor(simulateCommand, words, new Date("2026-11-27T12:00:00Z"));

  it("bursts, outages and quotas are read", () => {
    expect(
      asked(
        "--payments-per-second 100 --hours 24 --burst 5=10m@12:00 --outage stripe=10m@14:00 --quota stripe=500",
      ),
    ).toMatchObject({
      kind: "day",
      day: {
        paymentsPerSecond: 100,
        seconds: 86_400,
        seed: 1,
        bursts: [{ times: 5, from: 43_200, until: 43_800 }],
        outages: [{ resource: "stripe", from: 50_400, until: 51_000 }],
      },
      quotas: new Map([["stripe", 500]]),
    });
    expect(asked("--check")).toEqual({ kind: "check" });
  });

  it.each([
    ["--outage strip=10m@14:00", 'did you mean "stripe"?'],
    ["--outage stripe=10@14:00", "--outage must be like stripe=10m@14:00"],
    ["--outage stripe=10m@99:00", "--outage must be like stripe=10m@14:00"],
    ["--burst x=10m@14:00", "--burst must be a number from 0 to 100"],
    ["--quota stripe", "--quota must be a number from 0.001 to 1000000"],
    ["--payments-per-second 0", "--payments-per-second must be a number from 0.001 to 5000"],
    ["--check --measure", "either --check or --measure"],
  ])("%s is refused with what would be right", (words, message) => {
    expect(() => asked(words)).toThrow(message);
  });
});

describe("given the picture of a day", () => {
  it("it is one SVG with the hours and the first quotas that break", () => {
    const hours = new Hours();
    simulate(STATIONS, QUOTAS, { paymentsPerSecond: 2, seconds: 7_200, seed: 1 }, (moment) =>
      hours.add(moment),
    );
    const points = breakingPoints(STATIONS, QUOTAS);
    const svg = drawDay(hours.all, points);
    expect(svg).toMatch(/^<svg .*<\/svg>\n$/s);
    expect(svg).not.toMatch(/NaN|undefined|Infinity/);
    expect(svg).toContain(points[0]?.what);
  });
});

describe("given payments that were really made", () => {
  const PAYMENTS = 20;
  const times: Readonly<Record<string, number>> = { ...readMeasuredTimes().functions };
  /** With functions that take between 0.8 and 1.2 times as long as measured. */
  const invocations = (seed: number) => {
    const random = seededRandom(seed);
    const ofOne = Object.entries(times).flatMap(([name, ms]) => {
      const count = name === "pay-page" ? 1 : counted.functions[name].invocations;
      return Array.from({ length: count }, () => ({ name, ms, isCold: false }));
    });
    return Array.from({ length: PAYMENTS }, () => ofOne)
      .flat()
      .map((one) => ({ ...one, ms: one.ms * (0.8 + 0.4 * random()) }));
  };
  const run = (seed = 1) => ({
    ...{ payments: PAYMENTS, plannedRate: 0.25, seconds: PAYMENTS / 0.25 },
    invocations: invocations(seed),
  });
  const differing = (...given: Parameters<typeof compareWithModel>) =>
    compareWithModel(...given).flatMap(({ what, isNear }) => (isNear ? [] : [what]));

  it("the model is near to them, on a slow machine, too", () => {
    fc.assert(
      fc.property(fc.nat(), fc.double({ min: 0.2, max: 5, noNaN: true }), (seed, slower) => {
        const real = run(seed);
        const slowed = real.invocations.map((one) => ({ ...one, ms: one.ms * slower }));
        expect(differing(counted, { ...real, invocations: slowed })).toEqual([]);
      }),
      { numRuns: tries({ sample: 2, whole: 30 }) },
    );
  });

  const withCalls = (times: number, ...names: readonly string[]) => ({
    ...counted,
    functions: {
      ...counted.functions,
      ...Object.fromEntries(
        names.map((name) => {
          const found = counted.functions[name];
          return [name, { ...found, invocations: found.invocations * times }];
        }),
      ),
    },
  });
  it.each([
    ["has one event less for each payment", withCalls(0.5, "stripe-webhook"), "events of a payment"],
    [
      "forgets a step of the workflow and a consumer",
      withCalls(0, "stripe-create-customer", "on-customer-event"),
      "functions that run at a time, on average",
    ],
    [
      "has three times as many calls of the consumers",
      withCalls(3, "on-payment-intent-event", "on-customer-event"),
      "functions that run at a time, on average",
    ],
  ])("a model that %s differs", (_what, broken, what) => {
    expect(differing(broken, run())).toContain(what);
  });

  it("payments that take three times as long as they may are too slow", () => {
    const late = run();
    expect(differing(counted, { ...late, seconds: 3 * late.seconds })).toContain("payments done in a second");
  });
});
