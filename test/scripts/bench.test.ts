/** The frame of `npm run bench`: how it measures, compares and reports. */
import { describe, expect, it } from "@jest/globals";
import * as fc from "fast-check";
import { functionDefinitions } from "../../resources/functions.ts";
import { type Figure, isMet } from "../../scripts/bench/frame/benchmark.ts";
import { benchmarkNames, loadBenchmark } from "../../scripts/bench/frame/benchmarks.ts";
import { benchCommand } from "../../scripts/bench/frame/command.ts";
import { interleave, spread } from "../../scripts/bench/frame/interleave.ts";
import { reportJson, reportText } from "../../scripts/bench/frame/report.ts";
import { runBench } from "../../scripts/bench/frame/run.ts";
import { kindOf } from "../../scripts/bench/start/kinds.ts";
import { runHere } from "../steps/commands.ts";
import { contracts } from "../steps/shipped-project.ts";

const MACHINE = {
  processor: "Example CPU",
  cores: 2,
  memoryGib: 8,
  node: "24.0.0",
  load: 0.25,
  measuredAt: "2026-11-27 08:30 UTC",
};
const BENCHMARK = {
  purpose: "Compares things",
  takes: "1 s",
  run: async () => [],
  notes: ["Less is better."],
};

const fast: Figure = { what: "fast", value: 2.5, unit: "x", bar: { atMost: 2.7 } };
const slow: Figure = { what: "slow", value: 0.8312, unit: "x", bar: { atLeast: 0.95 } };
const other: Figure = { what: "other", value: 171_994.4, unit: "/s", details: { guarantees: "none" } };

describe("given the figures of a benchmark", () => {
  it.each<[Figure, boolean | undefined]>([
    [fast, true],
    [{ ...fast, value: 2.7 }, true],
    [{ ...fast, value: 2.71 }, false],
    [slow, false],
    [{ ...slow, value: 0.95 }, true],
    [other, undefined],
  ])("a figure keeps its bar exactly when it is on the right side of it, or on it: %j", (figure, met) => {
    expect(isMet(figure)).toBe(met);
  });

  it("the report shows each with its bar, the verdict, the machine and the command that measures again", () => {
    const report = reportText(
      { name: "things", benchmark: BENCHMARK, figures: [fast, slow, other] },
      MACHINE,
    );
    expect(report.split("\n")).toEqual([
      "things: Compares things.",
      "",
      "FIGURE  VALUE      BAR                GUARANTEES",
      "fast    2.5 x      <= 2.7 x   met",
      "slow    0.831 x    >= 0.95 x  MISSED",
      "other   171,994/s                     none",
      "",
      "Less is better.",
      "Measured 2026-11-27 08:30 UTC on 2 x Example CPU, 8 GiB, Node 24.0.0, load 0.3 at the start.",
      "Again: npm run bench -- things",
    ]);
  });

  it("the JSON has them in full, with the verdict", () => {
    const reports = [{ name: "things", benchmark: BENCHMARK, figures: [slow, other] }];
    const { machine, benchmarks } = JSON.parse(reportJson(reports, MACHINE));
    expect(machine).toEqual(MACHINE);
    expect(benchmarks).toEqual([
      { name: "things", purpose: "Compares things", figures: [{ ...slow, met: false }, other] },
    ]);
  });
});

describe("given benchmarks that are run", () => {
  const ended = (figures: readonly Figure[], words = "all") =>
    runHere(
      benchCommand,
      () =>
        runBench({ names: ["one"], json: words.includes("json") }, { now: new Date() }, async () => ({
          ...BENCHMARK,
          run: async () => figures,
        })),
      words,
    );

  it.each<[string, readonly Figure[], number]>([
    ["0 when every bar is kept", [fast, other], 0],
    ["1 when one is missed", [fast, slow, other], 1],
    ["0 when there is no bar", [other], 0],
  ])("the command ends with %s", async (_, figures, status) => {
    expect(await ended(figures)).toMatchObject({ status, err: "" });
    expect(await ended(figures, "all --json")).toMatchObject({ status, err: "" });
  });

  it("the command ends with 2 when a benchmark cannot measure", async () => {
    const run = () =>
      runBench({ names: ["one"], json: false }, { now: new Date() }, async () => ({
        ...BENCHMARK,
        run: () => Promise.reject(new Error("no stack")),
      }));
    expect(await runHere(benchCommand, run, "all")).toMatchObject({ status: 2, out: "" });
  });
});

describe("given options for the benchmarks", () => {
  const asked = async (words: string) => {
    let got: unknown;
    const load = async () => ({
      ...BENCHMARK,
      run: async (options: object) => {
        got = options;
        return [];
      },
    });
    const ended = await runHere(benchCommand, (asks, at) => runBench(asks, at, load), words);
    return { ...ended, got };
  };

  it("each benchmark gets them", async () => {
    expect(await asked("start --functions ^stripe- --runs 3")).toMatchObject({
      status: 0,
      got: { functions: "^stripe-", runs: 3 },
    });
    expect(await asked("start")).toMatchObject({ status: 0, got: {} });
  });

  it.each([
    ["--functions (", "--functions must be a regular expression"],
    ["--runs 0", "--runs must be a whole number from 1 to 1000"],
  ])("%s is refused", async (words, reason) => {
    expect(await asked(`start ${words}`)).toMatchObject({ status: 2, err: expect.stringContaining(reason) });
  });
});

describe("given the functions of the project", () => {
  it("each has the bars of its kind", () => {
    const kinds = new Map(functionDefinitions(contracts).map((one) => [one.name, kindOf(one)]));
    expect(Object.fromEntries(kinds)).toMatchObject({
      "stripe-webhook": "webhook",
      "stripe-create-payment-intent": "capability of Stripe",
      "stripe-send-invoice": "capability of Stripe",
      "pay-page": "capability of Stripe",
      "on-charge-event": "consumer",
      "follow-up-failed-payments": "consumer",
      "send-email": "other",
      "start-workflow-run": "other",
      authorizer: "other",
    });
    expect([...kinds.values()].filter((kind) => kind === "webhook")).toHaveLength(1);
  });
});

describe("given contenders on a machine with slow moments", () => {
  it("each is measured once in a round, and each begins as many rounds as the others", async () => {
    const order: string[] = [];
    const contender = (name: string) => () => order.push(name);
    await interleave({ a: contender("a"), b: contender("b"), c: contender("c") }, { rounds: 4, warmUp: 2 });
    expect(order.join("")).toBe("abcbcacababcbcacab");
  });

  it("a ratio compares measurements of the same round, so that a slow round changes nothing", async () => {
    const slowness = [1, 1, 9, 1, 3, 7];
    let measured = 0;
    const slowed = (value: number) => () => value * (slowness[Math.floor(measured++ / 2)] ?? 1);
    const measurements = await interleave({ floor: slowed(10), ours: slowed(25) }, { rounds: 6, warmUp: 0 });
    expect(measurements.ratio("ours", "floor")).toEqual({ median: 2.5, minimum: 2.5, maximum: 2.5 });
    expect(measurements.of("floor")).toEqual({ median: 20, minimum: 10, maximum: 90 });
  });

  it("warm-up rounds do not count", async () => {
    let rounds = 0;
    const warming = () => (++rounds <= 2 ? 1000 : 1);
    const measurements = await interleave({ warming }, { rounds: 3, warmUp: 2 });
    expect(measurements.of("warming").maximum).toBe(1);
  });

  it("at least half of any numbers are on each side of their median", () => {
    fc.assert(
      fc.property(fc.array(fc.integer(), { minLength: 1 }), (values) => {
        const { median, minimum, maximum } = spread(values);
        expect(values.filter((value) => value <= median).length * 2).toBeGreaterThanOrEqual(values.length);
        expect(values.filter((value) => value >= median).length * 2).toBeGreaterThanOrEqual(values.length);
        expect([minimum, maximum]).toEqual([Math.min(...values), Math.max(...values)]);
      }),
    );
  });
});

describe("given the files in scripts/bench/", () => {
  it("each exports a benchmark, and the command lists it", async () => {
    const { status, out } = await runHere(benchCommand, runBench, "");
    expect(status).toBe(0);
    for (const name of benchmarkNames()) {
      const { purpose, takes } = await loadBenchmark(name);
      expect(out).toMatch(new RegExp(`^npm run bench -- ${name} +${takes} +`, "m"));
      expect(out).toContain(purpose);
    }
  });
});
