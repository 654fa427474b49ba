/** Plays payments on a local stack: to measure how long functions take, and to compare the model with reality. */
import { randomUUID } from "node:crypto";
import { readFileSync } from "node:fs";
import { REPEATING_TYPES } from "../../lib/events/event-queues.ts";
import { freePorts } from "../../local/ports.ts";
import { seededRandom } from "../../local/seeded-random.ts";
import { payLinkIn, paymentIntentOn, StackClient } from "../../local/stack-client.ts";
import { startStack } from "../../local/stack-process.ts";
import { thisMachine } from "../bench/frame/machine.ts";
import type { Verdict } from "../command-line/command.ts";
import type { CountedCalls } from "../cost/counted.ts";
import { textTable } from "../text-table.ts";
import { compareWithModel, type RealRun } from "./comparison.ts";
import { fastest, type Invocation, invocationsIn } from "./invocations.ts";
import { readMeasuredTimes, writeMeasuredTimes } from "./measured-times.ts";

const WARM_UP = 4;
const MEASURED = 15;
/** A rate that two cores can sustain. */
const CHECKED_PAYMENTS = 15;
const CHECKED_SECONDS = 60;
/** For functions without a log line of their own, such as the authorizer. */
const OTHERS_MS = 5;

/** Measures warm functions, one payment after another, and writes measured-times.json. */
export async function measureTimes(): Promise<Verdict> {
  const { functions } = await onStack(async (client, invocations) => {
    await warmUp(client);
    const before = invocations.length;
    for (let made = 0; made < MEASURED; made++) await payOnce(client);
    await settled(client);
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

/** Plays payments at a steady average rate, and compares them with a simulation of the same rate. */
export async function checkModel(): Promise<Verdict> {
  const counted: CountedCalls = JSON.parse(readFileSync("scripts/cost/counted-calls.json", "utf8"));
  const run = await onStack(async (client, invocations): Promise<RealRun> => {
    await warmUp(client);
    const before = invocations.length;
    const startedAt = performance.now();
    await payForAWhile(client);
    await settled(client);
    return {
      payments: CHECKED_PAYMENTS,
      plannedRate: CHECKED_PAYMENTS / CHECKED_SECONDS,
      seconds: (performance.now() - startedAt) / 1000,
      invocations: invocations.slice(before),
    };
  });
  const compared = compareWithModel(counted["process-payment"], run);
  const percent = (part: number) => `${Math.round(part * 100)} %`;
  console.log(
    textTable([
      ["WHAT", "MODEL", "REAL", "DIFFERENCE", "ALLOWED", ""],
      ...compared.map(({ what, model, real, difference, allowed, isNear }) => [
        ...[what, model.toFixed(3), real.toFixed(3), percent(difference), percent(allowed)],
        isNear ? "ok" : "DIFFERS",
      ]),
    ]),
  );
  console.log(
    `\n${run.payments} payments in ${run.seconds.toFixed(0)} s, each paid, received and applied: ${run.invocations.length} invocations.`,
  );
  return compared.every(({ isNear }) => isNear) ? "nothing wrong" : "something wrong";
}

async function warmUp(client: StackClient): Promise<void> {
  for (let made = 0; made < WARM_UP; made++) await payOnce(client);
  await settled(client);
}

/** Returns when every event is delivered and applied: the stack's clock does not move before. */
async function settled(client: StackClient): Promise<void> {
  const { status, body } = await client.control("POST", "clock", { advance: 1 });
  if (status !== 200) throw new Error(`The clock did not move: ${JSON.stringify(body)}`);
}

/** Begins the payments at random moments, as independent payers do, and waits until all are paid and recorded. */
async function payForAWhile(client: StackClient): Promise<void> {
  const random = seededRandom(1);
  await Promise.all(
    Array.from({ length: CHECKED_PAYMENTS }, async () => {
      const beginsAfterMs = random() * CHECKED_SECONDS * 1000;
      await new Promise((resume) => setTimeout(resume, beginsAfterMs));
      await payOnce(client);
    }),
  );
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

/** The emulator sends every event to the local stack. Stripe sends a stage only those that it is asked for. */
async function dropUnasked(client: StackClient): Promise<void> {
  const faults = [...REPEATING_TYPES].map((type) => ({
    ...{ kind: "drop_webhooks", match: { type }, times: Number.MAX_SAFE_INTEGER },
  }));
  const { status, body } = await client.control("POST", "faults", faults);
  if (status >= 300) throw new Error(`The emulator does not leave events out: ${JSON.stringify(body)}`);
}

async function onStack<T>(
  play: (client: StackClient, invocations: readonly Invocation[]) => Promise<T>,
): Promise<T> {
  const invocations: Invocation[] = [];
  console.error("Starting the local stack ...");
  const stack = await startStack({
    env: {
      ...(await freePorts()),
      STRIPE_SECRET_KEY: "sk_test_local",
      STRIPE_WEBHOOK_SECRET: "whsec_local",
      LOCAL_STATE_FOLDER: "none",
    },
    onLine: (line) => invocations.push(...invocationsIn(line)),
  });
  try {
    const client = new StackClient(stack.urls);
    await dropUnasked(client);
    return await play(client, invocations);
  } finally {
    await stack.stop();
  }
}
