/**
 * Sends one notification to one endpoint, and notes what became of it. At least once: if the process dies after the endpoint has
 * accepted it and before that is noted, it is sent again, with the same id and the same body.
 */
import type { QueueMessage } from "../events/queue-message.ts";
import { LaterMessage, RefusedMessage } from "../events/redelivery.ts";
import { type LogFields, logCall, noteLogged, type Outcome } from "../log.ts";
import { ENDPOINT_TEST } from "../notifications/notification.ts";
import { present } from "../present.ts";
import { appSecrets } from "../secrets/secrets.ts";
import { readReference } from "./delivery-queue.ts";
import {
  type Delivery,
  noteAttempt,
  noteGivenUp,
  readDelivery,
  restart,
  type StoredNotification,
} from "./delivery-table.ts";
import { type Endpoint, openSecrets } from "./endpoint.ts";
import { isBroken } from "./endpoint-health.ts";
import { claimProbe, disableEndpoint, findEndpoint, noteFailure, noteSuccess } from "./endpoint-table.ts";
import { park } from "./parked-deliveries.ts";
import { POST_TIMEOUT_MS, type PostResult, postNotification } from "./post-notification.ts";
import { nextDelay, RETRY_SECONDS, retryAfterSeconds } from "./retry-schedule.ts";
import { urlRules } from "./url-rules.ts";
import { signatureHeaders } from "./webhook-signature.ts";

/** To note the result. */
const NOTE_MS = 4_000;
/** With less time for the request, the message is delivered again. */
const LEAST_POST_MS = 2_000;
const SOON_SECONDS = 5;

/** "Gone": the receiver does not want any more. */
const GONE = 410;

/**
 * Consumes one message of the queue `delivery`. Throws a LaterMessage if the notification is sent again later, a RefusedMessage if it is
 * given up, and BAD_REQUEST for a message that is none.
 */
export async function deliver(message: QueueMessage): Promise<void> {
  const { notificationId, endpointId } = readReference(message.body);
  const secrets = await appSecrets();
  const [endpoint, { notification, delivery }] = await Promise.all([
    findEndpoint(endpointId),
    readDelivery(notificationId, endpointId, secrets),
  ]);
  const say = logging(message, { notificationId, endpointId, ...present({ type: notification?.type }) });
  // The log keeps a notification longer than a queue keeps its message.
  if (endpoint === undefined || notification === undefined || delivery === undefined)
    return say("ignored", { reason: "not in the delivery log" });
  if (delivery.status === "delivered") return say("duplicate");
  const now = message.now();
  if (endpoint.disabledAt !== undefined) {
    await park(delivery, message.messageId, now);
    return say("ignored", { reason: "endpoint disabled" });
  }
  const current = await begun(delivery, now);
  // A test is for finding out whether the endpoint works now.
  if (!isTest(notification) && isBroken(endpoint, now) && !(await claimProbe(endpoint, now))) {
    if (ageSeconds(current, now) >= RETRY_SECONDS) throw await givenUp(current, say);
    await park(delivery, message.messageId, now);
    return say("ignored", { reason: "endpoint failing" });
  }
  await attempt({ endpoint, notification, delivery: current }, secrets, message, say);
}

type Say = (outcome: Outcome, fields?: Partial<LogFields>) => void;

/** Never the URL, which can contain a token, and nothing of the response but its status. */
function logging({ messageId: requestId, receiveCount }: QueueMessage, ids: Partial<LogFields>): Say {
  return (outcome, fields = {}) =>
    logCall({ event: "notification.delivery", requestId, receiveCount, ...ids, ...fields, outcome });
}

/** The delivery, whose three days begin again if it comes back from the dead-letter queue. */
async function begun(delivery: Delivery, now: Date): Promise<Delivery> {
  if (delivery.status !== "given-up") return delivery;
  await restart(delivery.notificationId, delivery.endpointId, now);
  return { ...delivery, startedAt: now.toISOString(), failed: 0 };
}

interface Sending {
  readonly endpoint: Endpoint;
  readonly notification: StoredNotification;
  readonly delivery: Delivery;
}

async function attempt(
  { endpoint, notification, delivery }: Sending,
  appSecrets: readonly string[],
  { deadline, now }: QueueMessage,
  say: Say,
): Promise<void> {
  const timeoutMs = Math.min(POST_TIMEOUT_MS, deadline - now().getTime() - NOTE_MS);
  if (timeoutMs < LEAST_POST_MS) throw later(SOON_SECONDS, "Too little time is left for a request");
  const at = now();
  const { id, body } = notification;
  const headers = signatureHeaders({ id, body, at }, openSecrets(endpoint, at, appSecrets));
  const posted = await postNotification({ url: endpoint.url, headers, body, timeoutMs }, urlRules());
  const durationMs = now().getTime() - at.getTime();
  const result = resultOf(posted);
  const tried = { at: at.toISOString(), result, durationMs };
  if (isAccepted(posted)) {
    await noteAttempt(delivery, { attempt: tried, status: "delivered" });
    await noteSuccess(endpoint);
    return say("succeeded", { result, durationMs });
  }
  if (isTest(notification)) {
    await noteAttempt(delivery, { attempt: tried, status: "given-up" });
    return say("failed", { result, durationMs });
  }
  const isGone = posted.kind === "response" && posted.status === GONE;
  const isDisabled = isGone
    ? await disableEndpoint(endpoint.endpointId, "gone", at)
    : await noteFailure(endpoint, at);
  const seconds = isGone ? undefined : delayAfter(delivery, posted, now());
  const status = isGone ? "parked" : seconds === undefined ? "given-up" : "waiting";
  await noteAttempt(delivery, { attempt: tried, status, nextAttemptAt: timeAfter(seconds, now()) });
  say("failed", { result, durationMs, ...present({ nextInSeconds: seconds }), isDisabled });
  if (isGone) return;
  throw seconds === undefined ? refused(delivery) : later(seconds, "The endpoint did not accept it");
}

/** It is sent once: its operator sees the result, and the endpoint's failures do not count it. */
const isTest = ({ type }: StoredNotification) => type === ENDPOINT_TEST;

const isAccepted = (posted: PostResult) =>
  posted.kind === "response" && posted.status >= 200 && posted.status < 300;

/** As the delivery log shows it. */
const resultOf = (posted: PostResult): string =>
  posted.kind === "response" ? String(posted.status) : posted.reason;

function delayAfter(delivery: Delivery, posted: PostResult, now: Date): number | undefined {
  const asked = posted.kind === "response" ? retryAfterSeconds(posted.retryAfter, now) : undefined;
  return nextDelay(
    { attempts: delivery.failed + 1, ageSeconds: ageSeconds(delivery, now), retryAfterSeconds: asked },
    Math.random(),
  );
}

const ageSeconds = ({ startedAt }: Delivery, now: Date) => (now.getTime() - Date.parse(startedAt)) / 1000;

const timeAfter = (seconds: number | undefined, now: Date) =>
  seconds === undefined ? undefined : new Date(now.getTime() + seconds * 1000).toISOString();

async function givenUp(delivery: Delivery, say: Say): Promise<RefusedMessage> {
  await noteGivenUp(delivery);
  say("failed", { reason: "endpoint failing", result: "given up" });
  return refused(delivery);
}

/** Its line is in the log already. An endpoint that fails is not a failure of ours. */
function refused({ notificationId }: Delivery): RefusedMessage {
  const problem = new RefusedMessage("BAD_GATEWAY", `${notificationId} was not accepted within three days`);
  noteLogged(problem);
  return problem;
}

function later(seconds: number, message: string): LaterMessage {
  const problem = new LaterMessage(message, seconds);
  noteLogged(problem);
  return problem;
}
