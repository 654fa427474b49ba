/**
 * Compares the model with payments that were really made. Every other invocation of each function says how long the function takes;
 * the others are compared with a simulation. Both were slowed down alike by other programs on the machine. Pure.
 */
import type { Counted } from "../cost/counted.ts";
import { type Invocation, means } from "./invocations.ts";
import type { MeasuredTimes } from "./measured-times.ts";
import { simulate } from "./model.ts";
import { withQuotas } from "./quotas.ts";
import { RESOURCES, type Station, stationsOf } from "./workload.ts";

export interface RealRun {
  /** All of them were paid, and all of their events applied. */
  readonly payments: number;
  /** At which payments were begun, on average: in a second. */
  readonly plannedRate: number;
  /** From the first moment until everything was done. */
  readonly seconds: number;
  readonly invocations: readonly Invocation[];
}

export interface Compared {
  readonly what: string;
  readonly model: number;
  readonly real: number;
  /** How far reality is from the model, as a part of the model. */
  readonly difference: number;
  readonly allowed: number;
  readonly isNear: boolean;
}

const UNLIMITED = 1_000_000;
/** At a rate that a laptop sustains, a queue rarely has two messages at once. */
const BATCH = 1;
/** The last payment ends some seconds after the minute; functions take longer while others run. Events are not a matter of chance. */
const ALLOWED = { rate: 0.25, events: 0.05, executions: 0.25 };

/** `counted`: what a payment is known to call. */
export function compareWithModel(counted: Counted, run: RealRun): readonly Compared[] {
  const { calibrating, compared } = halves(run.invocations);
  const stations = stationsOf(asPlayed(counted), timesOf(means(calibrating)), BATCH);
  const model = steadyState(stations, run.plannedRate);
  const rate = run.payments / run.seconds;
  const countOf = (name: string) => run.invocations.filter((one) => one.name === name).length;
  const busyMs = Object.entries(means(compared)).reduce((sum, [name, ms]) => sum + ms * countOf(name), 0);
  return [
    near("payments done in a second", model.rate, rate, ALLOWED.rate),
    near("events of a payment", model.events, countOf("stripe-webhook") / run.payments, ALLOWED.events),
    near(
      "functions that run at a time, on average",
      model.executions * (rate / model.rate),
      busyMs / 1000 / run.seconds,
      ALLOWED.executions,
    ),
  ];
}

/** Every other invocation of each function: if the turns went across functions, one half could have all calls of a function. */
function halves(invocations: readonly Invocation[]) {
  const turns = new Map<string, number>();
  const [calibrating, compared]: [Invocation[], Invocation[]] = [[], []];
  for (const one of invocations) {
    const turn = turns.get(one.name) ?? 0;
    turns.set(one.name, turn + 1);
    (turn % 2 === 0 ? calibrating : compared).push(one);
  }
  return { calibrating, compared };
}

/** The calls of a local function are part of its measured time; functions without a log line are not compared. */
const timesOf = (functions: MeasuredTimes["functions"]) => ({
  functions,
  others: 0,
  callToAwsMs: 0,
  requestToStripeMs: 0,
});

/** The real run opens the pay page once, and loads neither its script nor its style. */
function asPlayed(counted: Counted): Counted {
  const page = counted.functions["pay-page"];
  return page === undefined
    ? counted
    : { ...counted, functions: { ...counted.functions, "pay-page": { ...page, invocations: 1 } } };
}

/** Of the second of two simulated hours, when as many payers pay as begin. */
function steadyState(stations: readonly Station[], paymentsPerSecond: number) {
  const enough = withQuotas(new Map(RESOURCES.map((name) => [name, UNLIMITED])));
  let [seconds, begun, executions, events] = [0, 0, 0, 0];
  const day = { paymentsPerSecond, seconds: 7_200, seed: 1, isFlat: true };
  simulate(stations, enough, day, ({ second, arrived, used, stations: states }) => {
    const leftOf = (name: string) => states.find((state) => state.name === name)?.left ?? 0;
    events = leftOf("webhook") / leftOf("pay page");
    if (second < 3_600) return;
    seconds += 1;
    begun += arrived;
    executions += (used.get("executions") ?? 0) * UNLIMITED;
  });
  return { rate: begun / seconds, events, executions: executions / seconds };
}

function near(what: string, model: number, real: number, allowed: number): Compared {
  const difference = Math.abs(real - model) / model;
  return { what, model, real, difference, allowed, isNear: difference <= allowed };
}
