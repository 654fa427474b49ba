/** Runs `npm run storm:endpoints`. */
import { setTimeout as pause } from "node:timers/promises";
import { GetQueueAttributesCommand, SQSClient } from "@aws-sdk/client-sqs";
import { createEndpoint } from "../../lib/endpoints/endpoint-table.ts";
import { mapAtOnce } from "../../lib/map-at-once.ts";
import { publishNotification } from "../../lib/notifications/publish-notification.ts";
import { LOCAL_CREDENTIALS } from "../../local/local-credentials.ts";
import type { Verdict } from "../command-line/command.ts";
import { ProgressBar } from "../storm/progress-bar.ts";
import { isRight, type Row, resultTable } from "../storm/verdict.ts";
import type { EndpointStorm } from "./command.ts";
import { FAULTS, type Receiver, type Receivers, startReceivers } from "./receivers.ts";
import { APP_SECRET, type StormStack, startStormStack } from "./stack.ts";

/** The types that each endpoint asks for, by the path of its URL. */
const UNSTEADY = { "/first": ["*"], "/second": ["payment.*", "invoice.*"] } as const;
const DOWN = "/down";
const TYPES: Readonly<Record<string, readonly string[]>> = { ...UNSTEADY, [DOWN]: ["invoice.paid"] };
/** One notification in so many is for all three; the others are for the first two. */
const FOR_ALL_EVERY = 10;
const PUBLISHED_AT_ONCE = 16;
const LOOK_EVERY_MS = 1_000;
/** Longer than a quarter of an hour, the longest time between two attempts at an endpoint that fails. */
const STUCK_AFTER_MS = 1_200_000;

export async function runEndpointStorm(storm: EndpointStorm): Promise<Verdict> {
  const receivers = await startReceivers(Object.keys(TYPES), storm);
  const stack = await startStormStack();
  try {
    const rows = await rage(storm, stack, receivers);
    console.log(`\n${resultTable(rows)}`);
    return rows.every(isRight) ? "nothing wrong" : "something wrong";
  } finally {
    await receivers.close();
    await stack.close();
  }
}

async function rage(storm: EndpointStorm, stack: StormStack, receivers: Receivers): Promise<Row[]> {
  const all = [...receivers.byPath];
  const surroundings = { now: new Date(), appSecrets: [APP_SECRET], loopback: true };
  for (const [path, receiver] of all) {
    receiver.isDown = path === DOWN;
    receiver.secret = (
      await createEndpoint({ url: receivers.url + path, types: TYPES[path] ?? [] }, surroundings)
    ).secret;
  }
  const published = Array.from({ length: storm.notifications }, (_, index) => notificationOf(index));
  const { length: forTwo } = published;
  const forAll = Math.ceil(forTwo / FOR_ALL_EVERY);
  const expected = 2 * forTwo + forAll;
  const startedAt = Date.now();
  const bar = new ProgressBar();
  const acceptedBy = (some: readonly (readonly [string, Receiver])[]) =>
    some.reduce((sum, [, { accepted }]) => sum + accepted.size, 0);
  const publishing = mapAtOnce(published, PUBLISHED_AT_ONCE, publishNotification);
  const steady = all.filter(([path]) => path !== DOWN);
  const draw = () => bar.draw(acceptedBy(all), expected, "accepted");

  await waitUntil(
    () => acceptedBy(steady) === 2 * forTwo,
    () => acceptedBy(all),
    stack,
    draw,
  );
  await publishing;
  const steadyMs = Date.now() - startedAt;
  const acceptedWhileDown = acceptedBy(all.filter(([path]) => path === DOWN));
  for (const [, receiver] of all) receiver.isDown = false;
  await waitUntil(
    () => acceptedBy(all) === expected,
    () => acceptedBy(all),
    stack,
    draw,
  );
  const allMs = Date.now() - startedAt;
  const left = await waitUntilEmpty(stack, draw);
  bar.end();

  const total = (count: (receiver: Receiver) => number) => all.reduce((sum, [, one]) => sum + count(one), 0);
  const again = total(({ accepted }) => [...accepted.values()].reduce((sum, count) => sum + count - 1, 0));
  const seconds = (ms: number) => Math.round(ms / 1000);
  return [
    { what: "notifications published", count: forTwo },
    { what: "of them for the third endpoint, too", count: forAll },
    { what: "requests to the three endpoints", count: total(({ requests }) => requests) },
    ...FAULTS.map((fault) => ({
      what: `requests with the fault "${fault}"`,
      count: total(({ faults }) => faults[fault]),
    })),
    { what: "notifications accepted by the first two", count: acceptedBy(steady), expected: 2 * forTwo },
    { what: "accepted by the third while it was down", count: acceptedWhileDown, expected: 0 },
    { what: "accepted by all three", count: acceptedBy(all), expected },
    { what: "lost", count: expected - acceptedBy(all), expected: 0 },
    { what: "accepted again, with an id that the receiver knew", count: again },
    { what: "repeated with another body", count: receivers.altered(), expected: 0 },
    { what: "with a signature that the client refuses", count: receivers.refused(), expected: 0 },
    { what: "messages left in a queue or a dead-letter queue", count: left, expected: 0 },
    { what: "seconds until the first two had everything", count: seconds(steadyMs) },
    { what: "seconds until the third had everything", count: seconds(allMs) },
  ];
}

function notificationOf(index: number) {
  const id = `evt_storm_${index}`;
  const isForAll = index % FOR_ALL_EVERY === 0;
  const [type, object] = isForAll ? ["invoice.paid", "invoice"] : ["payment.succeeded", "payment_intent"];
  return {
    ...{ version: 1, id, type, occurredAt: "2026-11-27T10:00:00.000Z", livemode: false },
    object: { type: object, id: `object_${index}`, status: "paid", amount: 4200, currency: "eur" },
    application: { orderId: String(index) },
  };
}

/** Returns also if nothing changes any more: the table of the results then shows what is missing. */
async function waitUntil(
  isSo: () => boolean,
  progress: () => number,
  stack: StormStack,
  draw: () => void,
): Promise<void> {
  let [last, changedAt] = [progress(), Date.now()];
  while (!isSo() && Date.now() - changedAt < STUCK_AFTER_MS) {
    await pause(LOOK_EVERY_MS);
    await stack.check().catch(() => undefined);
    draw();
    if (progress() !== last) [last, changedAt] = [progress(), Date.now()];
  }
}

/** The number of messages that stay: some have to find out that their notification is accepted. */
async function waitUntilEmpty(stack: StormStack, draw: () => void): Promise<number> {
  let left = await messagesIn(stack);
  const progress = () => left;
  const isSo = () => left === 0;
  await waitUntil(isSo, progress, stack, () => {
    draw();
    messagesIn(stack).then(
      (count) => {
        left = count;
      },
      () => undefined,
    );
  });
  return left;
}

async function messagesIn({ queueUrls }: StormStack): Promise<number> {
  const endpoint = String(process.env.AWS_ENDPOINT_URL_SQS);
  const sqs = new SQSClient({ endpoint, region: "us-east-1", credentials: LOCAL_CREDENTIALS });
  let messages = 0;
  for (const QueueUrl of queueUrls) {
    const { Attributes = {} } = await sqs.send(
      new GetQueueAttributesCommand({ QueueUrl, AttributeNames: ["All"] }),
    );
    messages +=
      Number(Attributes.ApproximateNumberOfMessages) +
      Number(Attributes.ApproximateNumberOfMessagesNotVisible);
  }
  sqs.destroy();
  return messages;
}
