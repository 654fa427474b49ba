/** Runs the chosen command of `npm run endpoints`. */
import { setTimeout as pause } from "node:timers/promises";
import { type Attempt, deliveriesOf } from "../../lib/endpoints/delivery-table.ts";
import type { Endpoint } from "../../lib/endpoints/endpoint.ts";
import {
  createEndpoint,
  disableEndpoint,
  enableEndpoint,
  listEndpoints,
  readEndpoint,
  resealSecrets,
  rotateSecret,
} from "../../lib/endpoints/endpoint-table.ts";
import { notificationsBetween, replayNotification, sendTest } from "../../lib/endpoints/replay.ts";
import { Problem } from "../../lib/errors.ts";
import { appSecrets } from "../../lib/secrets/secrets.ts";
import type { Circumstances, Verdict } from "../command-line/command.ts";
import { counted } from "../events/shown.ts";
import { selectQueues, selectTables, selectTarget } from "../target.ts";
import type { EndpointsAsked } from "./command.ts";
import { deliveryTable, endpointTable } from "./tables.ts";

/** A test waits for longer than a request can take. */
const TEST_WAIT_MS = 30_000;
const LOOK_EVERY_MS = 300;

export async function runEndpoints(asked: EndpointsAsked, { now, target }: Circumstances): Promise<Verdict> {
  selectTarget(target);
  await selectTables(target);
  const loopback = target.stage === undefined;
  switch (asked.action) {
    case "create": {
      const surroundings = { now, loopback, appSecrets: await appSecrets() };
      const { endpoint, secret } = await createEndpoint(asked, surroundings);
      const what = endpoint.types.join(", ");
      console.error(
        `Created ${endpoint.endpointId} for ${what}. This is its signing secret; it is not shown again:`,
      );
      console.log(secret);
      return "nothing wrong";
    }
    case "list":
      console.log(endpointTable(await listEndpoints(), now));
      return "nothing wrong";
    case "deliveries":
      return showDeliveries(asked.notificationId);
    case "rotate": {
      const { endpointId, graceSeconds } = asked;
      const { secret } = await rotateSecret(endpointId, graceSeconds, {
        now,
        appSecrets: await appSecrets(),
      });
      const old =
        graceSeconds === 0 ? "The old one is no longer used" : `Both are used for ${graceSeconds} s`;
      console.error(`${old}. This is the new signing secret of ${endpointId}; it is not shown again:`);
      console.log(secret);
      return "nothing wrong";
    }
    case "disable":
      await readEndpoint(asked.endpointId);
      await disableEndpoint(asked.endpointId, "operator", now);
      console.error(`${asked.endpointId} gets nothing more. What waits for it is sent when it is enabled.`);
      return "nothing wrong";
    case "enable":
      await readEndpoint(asked.endpointId);
      await enableEndpoint(asked.endpointId);
      console.error(
        `${asked.endpointId} gets notifications again; what was waiting follows within five minutes.`,
      );
      return "nothing wrong";
    case "test":
      await selectQueues(target);
      return test(await readEndpoint(asked.endpointId), now);
    case "replay":
      await selectQueues(target);
      return replay(asked, now);
    case "reseal": {
      const endpoints = await listEndpoints();
      for (const endpoint of endpoints) await resealSecrets(endpoint, now, await appSecrets());
      console.error(`Sealed the secrets of ${counted(endpoints.length, "endpoint")} again.`);
      return "nothing wrong";
    }
  }
}

async function showDeliveries(notificationId: string): Promise<Verdict> {
  const { type, deliveries } = await deliveriesOf(notificationId);
  if (type === undefined)
    throw new Problem("NOT_FOUND", `No endpoint wanted ${notificationId} in the last 30 days`);
  console.log(`${notificationId} ${type}\n\n${deliveryTable(deliveries)}`);
  return deliveries.every(({ status }) => status === "delivered") ? "nothing wrong" : "something wrong";
}

/** The test goes through the queue and the function that sends every notification. */
async function test(endpoint: Endpoint, now: Date): Promise<Verdict> {
  const notificationId = await sendTest(endpoint, now, await appSecrets());
  const attempt = await firstAttempt(notificationId);
  if (attempt === undefined)
    throw new Problem(
      "SERVICE_UNAVAILABLE",
      `${notificationId} was not sent within ${TEST_WAIT_MS / 1000} s: does the function on-delivery-event run?`,
    );
  const isAccepted = /^2\d\d$/.test(attempt.result);
  console.log(`${notificationId}: ${attempt.result}, after ${attempt.durationMs} ms`);
  if (!isAccepted) console.error("The endpoint must respond with 2xx. A test is not sent again.");
  return isAccepted ? "nothing wrong" : "something wrong";
}

async function firstAttempt(notificationId: string): Promise<Attempt | undefined> {
  const until = Date.now() + TEST_WAIT_MS;
  while (Date.now() < until) {
    const { deliveries } = await deliveriesOf(notificationId);
    const attempt = deliveries[0]?.attempts[0];
    if (attempt !== undefined) return attempt;
    await pause(LOOK_EVERY_MS);
  }
  return undefined;
}

type ReplayAsked = Extract<EndpointsAsked, { action: "replay" }>;

async function replay(
  { notificationIds, range, endpointId, dryRun }: ReplayAsked,
  now: Date,
): Promise<Verdict> {
  const endpoints = endpointId === undefined ? await listEndpoints() : [await readEndpoint(endpointId)];
  const ids = range === undefined ? notificationIds : notificationsBetween(range.since, range.until);
  let [notifications, deliveries] = [0, 0];
  for await (const id of ids) {
    notifications += 1;
    if (dryRun) console.log(id);
    else deliveries += await replayNotification(id, endpoints, now);
  }
  const found = counted(notifications, "notification");
  console.log(dryRun ? `${found} to replay.` : `${found} replayed, in ${counted(deliveries, "message")}.`);
  return "nothing wrong";
}
