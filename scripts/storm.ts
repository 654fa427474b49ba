/**
 * `npm run storm`: sends signed events, each several times and in any order, through the whole local stack, while one
 * call in ten to DynamoDB, SQS and SNS fails. At the end, every event must have taken effect exactly once: the command
 * counts the effects in the tables, and exits with 1 when a number is wrong.
 */
import { spawn } from "node:child_process";
import { once } from "node:events";
import { freePorts, LocalStackError } from "../local/ports.ts";
import { seededRandom, shuffled } from "../local/seeded-random.ts";
import { type RunningStack, startStack } from "../local/stack-process.ts";
import type { Verdict } from "./command-line/command.ts";
import { runMain } from "./command-line/run-command.ts";
import { type Storm, stormCommand } from "./storm/command.ts";
import { deliver } from "./storm/deliver.ts";
import { ProgressBar } from "./storm/progress-bar.ts";
import { stormEvents } from "./storm/storm-events.ts";
import { StormQueues } from "./storm/storm-queues.ts";
import { countEffects, isRight, type Row, resultTable } from "./storm/verdict.ts";

const WEBHOOK_SECRET = "whsec_local";
const TOPIC_ARN = "arn:aws:sns:us-east-1:000000000000:contractspec-stripe-dev-notifications";
const LOOK_EVERY_MS = 500;
/** The storm gives up after this time without progress: longer than a message waits after six failures in a row. */
const STUCK_AFTER_MS = 360_000;

/** Events neither take effect nor fail: the storm has found something wrong. */
class StormStuck extends Error {}

async function runStorm(storm: Storm): Promise<Verdict> {
  console.error("Starting the local stack ...");
  const stack = await startStack({
    env: {
      ...(await freePorts()),
      STRIPE_SECRET_KEY: "sk_test_local",
      STRIPE_WEBHOOK_SECRET: WEBHOOK_SECRET,
    },
  });
  const queues = new StormQueues(stack.urls.sqs);
  try {
    await queues.prepare(TOPIC_ARN);
    const rows = await rage(storm, stack, queues);
    console.log(`\n${resultTable(rows)}`);
    return rows.every(isRight) ? "nothing wrong" : "something wrong";
  } catch (thrown) {
    if (!(thrown instanceof StormStuck)) throw thrown;
    console.error(`\n${thrown.message}`);
    return "something wrong";
  } finally {
    queues.close();
    await stack.stop();
  }
}

async function rage(storm: Storm, stack: RunningStack, queues: StormQueues): Promise<Row[]> {
  const events = stormEvents(storm.events, String(storm.seed));
  const copies = Array.from({ length: storm.deliveries }, () => events).flat();
  const deliveries = shuffled(copies, seededRandom(storm.seed));
  const services = [stack.urls.dynamodb, stack.urls.sqs];
  const startedAt = Date.now();
  for (const url of services) await orderFaults(url, storm.faults, storm.seed);

  const bar = new ProgressBar();
  let accepted = 0;
  let delivering = true;
  const watching = watch(queues, (depths) => {
    const note = `events applied, ${accepted.toLocaleString("en")} deliveries accepted, ${depths.waiting.toLocaleString("en")} queued`;
    bar.draw(queues.told.size, events.length, note);
    return !delivering && depths.waiting === 0;
  });
  const { answers, refused } = await deliver(deliveries, {
    url: `${stack.urls.api}/api/webhooks/stripe`,
    secret: WEBHOOK_SECRET,
    concurrency: storm.concurrency,
    onAccepted: () => {
      accepted += 1;
    },
  });
  const deliveredMs = Date.now() - startedAt;
  delivering = false;
  const { setAside } = await watching;
  const struck = await Promise.all(services.map((url) => orderFaults(url, 0, storm.seed)));
  // Messages that were given up wait for an operator, who would run this command.
  if (setAside > 0) await redrive(stack);
  const left = await watch(queues, ({ waiting }) => waiting === 0);
  bar.end();

  const seconds = (ms: number) => Math.round(ms / 1000);
  const total = Object.values(answers).reduce((sum, count) => sum + count, 0);
  return [
    { what: "deliveries accepted", count: accepted, expected: deliveries.length },
    { what: "deliveries given up", count: refused, expected: 0 },
    { what: "webhook requests, including those repeated after a 5xx", count: total },
    { what: "AWS calls that were made to fail", count: struck.reduce((sum, count) => sum + count, 0) },
    {
      what: "messages dead-lettered, and redriven by the operator's command",
      count: setAside,
    },
    ...(await countEffects(stack.urls.dynamodb, events, queues.told)),
    { what: "messages left in a queue or a dead-letter queue", count: left.setAside, expected: 0 },
    { what: "seconds of delivery", count: seconds(deliveredMs) },
    { what: "seconds until all was applied", count: seconds(Date.now() - startedAt) },
  ];
}

/** `npm run events -- redrive`, on this stack. */
async function redrive({ settings }: RunningStack): Promise<void> {
  const ports = Object.entries(settings.ports).map(([name, port]) => [name, String(port)]);
  const env = { ...process.env, ...Object.fromEntries(ports), STRIPE_SECRET_KEY: "sk_test_local" };
  const command = spawn(process.execPath, ["scripts/events.ts", "redrive"], { env, stdio: "ignore" });
  const [code] = await once(command, "exit");
  if (code !== 0) throw new LocalStackError(`npm run events -- redrive ended with exit status ${code}`);
}

/** Looks at the queues until `isOver` is true. Throws a StormStuck when nothing changes any more. */
async function watch(
  queues: StormQueues,
  isOver: (depths: { waiting: number; setAside: number }) => boolean,
): Promise<{ setAside: number }> {
  let changedAt = Date.now();
  let last = "";
  for (;;) {
    await queues.readApplication().catch(() => undefined);
    const depths = await queues.depths().catch(() => undefined);
    if (depths !== undefined) {
      if (isOver(depths)) return depths;
      const now = JSON.stringify([depths, queues.told.size]);
      if (now !== last) changedAt = Date.now();
      last = now;
    }
    if (Date.now() - changedAt > STUCK_AFTER_MS) throw new StormStuck(`No progress for six minutes: ${last}`);
    await new Promise((resume) => setTimeout(resume, LOOK_EVERY_MS));
  }
}

/** Makes calls of an emulated service fail from now on; returns how many have failed. */
async function orderFaults(url: string, rate: number, seed: number): Promise<number> {
  const answer = await fetch(`${url}/_faults`, { method: "POST", body: JSON.stringify({ rate, seed }) });
  const { struck }: { struck: number } = JSON.parse(await answer.text());
  return struck;
}

await runMain(stormCommand, runStorm);
