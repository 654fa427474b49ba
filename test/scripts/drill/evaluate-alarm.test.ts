import { describe, expect, it } from "@jest/globals";
import { type Alarm, firstRinging, readAlarm, reasonOf } from "../../../scripts/drill/evaluate-alarm.ts";

const MINUTE = 60_000;
const START = Date.UTC(2026, 10, 27, 3, 0);

const alarm = (more: Partial<Alarm> = {}): Alarm => ({
  id: "TestAlarm",
  description: "A test.",
  namespace: "contractspec-stripe",
  metric: "Alarms",
  dimensions: { stage: "dev" },
  statistic: "Sum",
  periodSeconds: 60,
  periods: 1,
  threshold: 0,
  comparison: "GreaterThanThreshold",
  missingData: "notBreaching",
  ...more,
});
/** Values of the alarm's metric, by the minute in which they are measured. */
const points = (...values: readonly (readonly [minute: number, value: number])[]) =>
  values.map(([minute, value]) => ({
    namespace: "contractspec-stripe",
    metric: "Alarms",
    dimensions: { stage: "dev" },
    at: START + minute * MINUTE,
    value,
  }));
const rung = (tested: Alarm, given: ReturnType<typeof points>, from = START) =>
  firstRinging(tested, given, { from, until: START + 60 * MINUTE });

describe("given an alarm and the points of its metric", () => {
  it("it rings in the first period that is over the threshold, not at the threshold", () => {
    expect(rung(alarm({ threshold: 5 }), points([1, 5], [2, 6], [3, 7]))).toEqual({
      since: START + 2 * MINUTE,
      value: 6,
    });
    expect(rung(alarm({ threshold: 5 }), points([1, 5]))).toBeUndefined();
  });

  it("the points of one period are summed, and those of different periods are not", () => {
    const five = alarm({ threshold: 5, periodSeconds: 300 });
    expect(rung(five, points([0, 3], [4.9, 3]))).toEqual({ since: START, value: 6 });
    expect(rung(five, points([4, 3], [5, 3]))).toBeUndefined();
  });

  it.each<[Alarm["statistic"], number]>([
    ["Sum", 6],
    ["Maximum", 3],
    ["Minimum", 1],
    ["Average", 2],
  ])("%s is computed over a period", (statistic, value) => {
    expect(rung(alarm({ statistic }), points([1, 1], [1.1, 2], [1.2, 3]))).toMatchObject({ value });
  });

  it("points of another metric, of another dimension or of more dimensions do not count", () => {
    const [point] = points([1, 1]);
    const others = [
      { metric: "Calls" },
      { namespace: "AWS/SQS" },
      { dimensions: { stage: "prod" } },
      { dimensions: { stage: "dev", reason: "x" } },
    ];
    for (const other of others)
      expect(rung(alarm(), point === undefined ? [] : [{ ...point, ...other }])).toBeUndefined();
  });

  it("points from before the incident do not count", () => {
    expect(rung(alarm(), points([1, 1]), START + 2 * MINUTE)).toBeUndefined();
  });

  it("several periods must be over the threshold in a row, and a period without data interrupts them", () => {
    const twice = alarm({ periods: 2 });
    expect(rung(twice, points([1, 1], [3, 1]))).toBeUndefined();
    expect(rung(twice, points([1, 1], [2, 1]))).toEqual({ since: START + 2 * MINUTE, value: 1 });
    expect(rung(alarm({ periods: 2, missingData: "ignore" }), points([1, 1], [3, 1]))).toBeDefined();
  });

  it.each([
    ["GreaterThanOrEqualToThreshold", 5, true],
    ["GreaterThanOrEqualToThreshold", 4, false],
    ["LessThanThreshold", 4, true],
    ["LessThanThreshold", 5, false],
  ] as const)("%s 5: %d rings is %s", (comparison, value, rings) => {
    expect(rung(alarm({ comparison, threshold: 5 }), points([1, value])) !== undefined).toBe(rings);
  });

  it("its reason names the metric, the value and the threshold", () => {
    expect(reasonOf(alarm({ threshold: 5 }), { since: START, value: 6 })).toBe(
      "contractspec-stripe Alarms: Sum 6 in 60 s, > 5",
    );
  });
});

describe("given an alarm that cannot be evaluated", () => {
  it("it is refused by its name, instead of never ringing", () => {
    const properties = {
      Statistic: "Sum",
      ComparisonOperator: "GreaterThanThreshold",
      TreatMissingData: "notBreaching",
    };
    expect(readAlarm("A", { ...properties, Threshold: 1 })).toMatchObject({ threshold: 1 });
    expect(() => readAlarm("A", { ...properties, Statistic: "p99" })).toThrow("A has the statistic p99");
    expect(() => readAlarm("A", { ...properties, ComparisonOperator: "Odd" })).toThrow("A compares by Odd");
    expect(() => readAlarm("A", { ...properties, TreatMissingData: "breaching" })).toThrow(
      "A treats missing data as breaching",
    );
  });
});
