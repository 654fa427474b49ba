/** Plays payments on a local stack: to measure how long functions take, and to compare the model with reality. */
import { randomUUID } from "node:crypto";
import { readFileSync } from "node:fs";
import { queueOf } from "../../lib/events/event-queues.ts";
import { fieldsOf, numberOf, parseJson, textOf } from "../../lib/untrusted.ts";
import { freePorts } from "../../local/ports.ts";
import { seededRandom } from "../../local/seeded-random.ts";
import { payLinkIn, paymentIntentOn, type StackClient, stackClient } from "../../local/stack-client.ts";
import { startStack } from "../../local/stack-process.ts";
import { thisMachine } from "../bench/frame/machine.ts";
import type { Verdict } from "../command-line/command.ts";
import type { Counted, CountedCalls } from "../cost/counted.ts";
import { textTable } from "../text-table.ts";
import { readMeasuredTimes, writeMeasuredTimes } from "./measured-times.ts";
import { simulate } from "./model.ts";
import { withQuotas } from "./quotas.ts";
import { RESOURCES, type Station, stationsOf } from "./workload.ts";

/** One invocation that a log line reports. */
interface Invocation {
  readonly name: string;
  readonly ms: number;
  readonly isCold: boolean;
}

const WARM_UP = 4;
const MEASURED = 15;
/** A rate that two cores can sustain, for this long. */
const CHECKED_PER_SECOND = 0.25;
const CHECKED_SECONDS = 60;
const LOCAL_LIMIT = 1_000_000;
/** For functions without a log line of their own, such as the authorizer. */
const OTHERS_MS = 5;
/** How far reality may be from the model: chance in the arrivals, and a machine that other programs use. */
const TOLERANCE = { rate: 0.5, events: 0.05, executions: 0.5 };

/** Measures warm functions, one payment after another, and writes measured-times.json. */
export async function measureTimes(): Promise<Verdict> {
  const { functions } = await onStack(async (client, invocations) => {
    for (let made = 0; made < WARM_UP; made++) await payOnce(client);
    const before = invocations.length;
    for (let made = 0; made < MEASURED; made++) await payOnce(client);
    return { functions: fastest(invocations.slice(before)) };
  });
  const { processor, cores, node } = thisMachine(new Date());
  writeMeasuredTimes({
    ...readMeasuredTimes(),
    date: new Date().toISOString().slice(0, 10),
    command: "npm run simulate -- --measure",
    machine: `${cores} x ${processor}, Node ${node}`,
    functions,
    others: OTHERS_MS,
  });
  console.log(
    textTable([["FUNCTION", "MS"], ...Object.entries(functions).map(([name, ms]) => [name, String(ms)])]),
  );
  return "nothing wrong";
}

/**
 * Plays payments at a steady average rate. Every other invocation calibrates the model; the others are compared with a
 * simulation of the same rate. They take turns, because other programs on the machine slow down both alike.
 */
export async function checkModel(): Promise<Verdict> {
  const counted: CountedCalls = JSON.parse(readFileSync("scripts/cost/counted-calls.json", "utf8"));
  const real = await onStack(async (client, invocations) => {
    for (let made = 0; made < WARM_UP; made++) await payOnce(client);
    const before = invocations.length;
    const payments = await payForAWhile(client);
    return { payments, invocations: invocations.slice(before) };
  });
  const compared = real.invocations.filter((_, place) => place % 2 === 0);
  const stations = stationsOf(asPlayed(counted["process-payment"]), {
    ...readMeasuredTimes(),
    // The calls of a local function are part of its measured time.
    ...{
      functions: means(real.invocations.filter((_, place) => place % 2 === 1)),
      others: 0,
      callToAwsMs: 0,
      requestToStripeMs: 0,
    },
  });
  const model = steadyState(stations);
  const rate = real.payments / CHECKED_SECONDS;
  const busy = compared.reduce((sum, { ms }) => sum + ms, 0) / 1000 / (CHECKED_SECONDS / 2);
  const events = real.invocations.filter(({ name }) => name === "stripe-webhook").length / real.payments;
  const rows = [
    row("payments begun and done in a second", model.rate, rate, TOLERANCE.rate),
    row("events of a payment", model.events, events, TOLERANCE.events),
    row(
      "functions that run at a time, on average",
      model.executions * (rate / model.rate),
      busy,
      TOLERANCE.executions,
    ),
  ];
  console.log(
    textTable([["WHAT", "MODEL", "REAL", "DIFFERENCE", "ALLOWED", ""], ...rows.map(({ cells }) => cells)]),
  );
  console.log(`\n${real.payments} payments of ${CHECKED_SECONDS} s, each paid, received and applied.`);
  return rows.every(({ isNear }) => isNear) ? "nothing wrong" : "something wrong";
}

/** The check opens the pay page once, and loads neither its script nor its style. */
function asPlayed(counted: Counted): Counted {
  const page = counted.functions["pay-page"];
  return page === undefined
    ? counted
    : { ...counted, functions: { ...counted.functions, "pay-page": { ...page, invocations: 1 } } };
}

/** Of the second of two simulated hours, when as many payers pay as begin. */
function steadyState(stations: readonly Station[]) {
  const enough = withQuotas(new Map(RESOURCES.map((name) => [name, LOCAL_LIMIT])));
  const day = { paymentsPerSecond: CHECKED_PER_SECOND, seconds: 7_200, seed: 1, isFlat: true };
  let [seconds, begun, executions, events] = [0, 0, 0, 0];
  simulate(stations, enough, day, ({ second, arrived, used, stations: states }) => {
    const leftOf = (name: string) => states.find((state) => state.name === name)?.left ?? 0;
    events = leftOf("webhook") / leftOf("pay page");
    if (second < 3_600) return;
    seconds += 1;
    begun += arrived;
    executions += (used.get("executions") ?? 0) * LOCAL_LIMIT;
  });
  return { rate: begun / seconds, events, executions: executions / seconds };
}

function row(what: string, model: number, real: number, allowed: number) {
  const difference = Math.abs(real - model) / model;
  const isNear = difference <= allowed;
  const percent = (part: number) => `${Math.round(part * 100)} %`;
  const cells = [
    what,
    model.toFixed(3),
    real.toFixed(3),
    percent(difference),
    percent(allowed),
    isNear ? "ok" : "DIFFERS",
  ];
  return { isNear, cells };
}

/** Begins payments at random moments, and waits until all are paid and recorded. Returns their number. */
async function payForAWhile(client: StackClient): Promise<number> {
  const random = seededRandom(1);
  const payments: Promise<void>[] = [];
  const endsAt = Date.now() + CHECKED_SECONDS * 1000;
  for (;;) {
    await new Promise((resume) => setTimeout(resume, (-1000 / CHECKED_PER_SECOND) * Math.log(1 - random())));
    if (Date.now() >= endsAt) break;
    payments.push(payOnce(client));
  }
  await Promise.all(payments);
  return payments.length;
}

/** From the start of process-payment until the paid payment is recorded. */
async function payOnce(client: StackClient): Promise<void> {
  const customerEmail = `${randomUUID()}@example.com`;
  const input = { customerEmail, customerName: "Ada Lovelace", amount: 4_200 };
  await client.startRun("process-payment", input, randomUUID());
  const page = await fetch(payLinkIn(await client.mailTo(customerEmail)));
  const paymentIntent = paymentIntentOn(await page.text());
  await client.pay(paymentIntent, "4242424242424242");
  await client.recordedState(paymentIntent, ({ status }) => status === "succeeded");
}

async function onStack<T>(
  play: (client: StackClient, invocations: readonly Invocation[]) => Promise<T>,
): Promise<T> {
  const invocations: Invocation[] = [];
  console.error("Starting the local stack ...");
  const stack = await startStack({
    env: { ...(await freePorts()), STRIPE_SECRET_KEY: "sk_test_local", STRIPE_WEBHOOK_SECRET: "whsec_local" },
    onLine: (line) => invocations.push(...invocationsIn(line)),
  });
  try {
    return await play(stackClient(stack.urls), invocations);
  } finally {
    await stack.stop();
  }
}

/** The function that ended, if the line is a log line that ends a call. */
function invocationsIn(line: string): Invocation[] {
  const { event, capabilityId, eventType, durationMs, coldStart } = fieldsOf(parseJson(line));
  const ms = numberOf(durationMs);
  const name = functionOf(textOf(event), textOf(capabilityId), textOf(eventType));
  return ms === undefined || name === undefined ? [] : [{ name, ms, isCold: coldStart === true }];
}

function functionOf(event = "", capabilityId?: string, eventType?: string): string | undefined {
  switch (event) {
    case "capability.invoked":
      return capabilityId;
    case "workflow.started":
      return "start-workflow-run";
    case "workflow.recorded":
      return "record-workflow-run";
    case "pay-page.opened":
      return "pay-page";
    case "webhook.received":
      return "stripe-webhook";
    case "webhook.applied":
      return `on-${queueOf(eventType ?? "")}-event`;
    default:
      return undefined;
  }
}

/** Of the warm invocations, the fastest: what other programs on the machine slow down is not the function's own. */
const fastest = (invocations: readonly Invocation[]) => ofEach(invocations, ({ minimum }) => minimum);

const means = (invocations: readonly Invocation[]) => ofEach(invocations, ({ mean }) => mean);

/** Milliseconds of a warm invocation of each function. */
function ofEach(
  invocations: readonly Invocation[],
  pick: (times: { readonly minimum: number; readonly mean: number }) => number,
): Record<string, number> {
  const warm = invocations.filter(({ isCold }) => !isCold);
  const names = [...new Set(warm.map(({ name }) => name))].sort();
  return Object.fromEntries(
    names.map((name) => {
      const times = warm.flatMap((one) => (one.name === name ? [one.ms] : []));
      const mean = times.reduce((sum, ms) => sum + ms, 0) / times.length;
      return [name, Math.round(10 * pick({ minimum: Math.min(...times), mean })) / 10];
    }),
  );
}
