/**
 * The delivery log: each notification as it is sent, sealed, and what became of it at each endpoint. Kept for 30 days. The queue only says
 * what to look at, so a message can be lost or repeated: the table has the state.
 */
import { getItems, type Item, putItem, queryItems, updateItem } from "../aws/dynamodb.ts";
import { env } from "../env.ts";
import { present } from "../present.ts";
import { createSealer } from "../sealing/sealing.ts";
import { fieldsOf, listOf, numberOf, textOf } from "../untrusted.ts";

/** For how long deliveries can be looked up and replayed. */
export const KEPT_DAYS = 30;
const KEPT_SECONDS = KEPT_DAYS * 24 * 60 * 60;

/** The range key of the notification itself; its deliveries have the endpoints' ids. */
const NOTIFICATION_PART = "notification";

/**
 * `waiting`: in the queue. `parked`: in the table until the endpoint works or is enabled again. `given-up`: in the dead-letter queue.
 */
export const DELIVERY_STATUSES = ["waiting", "parked", "delivered", "given-up"] as const;
export type DeliveryStatus = (typeof DELIVERY_STATUSES)[number];

export interface Attempt {
  /** UTC, ISO 8601, as every time here. */
  readonly at: string;
  /** The status of the HTTP response, or why there is none. */
  readonly result: string;
  readonly durationMs: number;
}

export interface Delivery {
  readonly notificationId: string;
  readonly endpointId: string;
  readonly type: string;
  readonly status: DeliveryStatus;
  /** When the three days began in which it is sent again. */
  readonly startedAt: string;
  /** How many have failed since then. */
  readonly failed: number;
  readonly attempts: readonly Attempt[];
  readonly nextAttemptAt?: string;
}

export interface StoredNotification {
  readonly id: string;
  readonly type: string;
  /** As it was published: the body of every request. */
  readonly body: string;
}

export const deliveriesTable = () => env("NOTIFICATION_DELIVERIES_TABLE");
export const deliveryKey = (notificationId: string, part: string) => ({ notificationId, part });
const expiryFrom = (now: Date) => Math.floor(now.getTime() / 1000) + KEPT_SECONDS;
const placeOf = (id: string) => `notification:${id}`;

/**
 * Stores the notification, unless it is stored already: one that is published twice keeps its first body. Returns what is
 * stored.
 */
export async function storeNotification(
  { id, type, body }: StoredNotification,
  now: Date,
  appSecrets: readonly string[],
): Promise<void> {
  await putItem(
    deliveriesTable(),
    {
      ...deliveryKey(id, NOTIFICATION_PART),
      type,
      body: createSealer(appSecrets).seal(body, placeOf(id)),
      day: now.toISOString().slice(0, 10),
      storedAt: now.toISOString(),
      expiresAt: expiryFrom(now),
    },
    { expression: "attribute_not_exists(notificationId)" },
  );
}

/** Adds a delivery that waits. Returns false, and changes nothing, if there is one. */
export function addDelivery(
  { notificationId, endpointId, type }: Pick<Delivery, "notificationId" | "endpointId" | "type">,
  now: Date,
): Promise<boolean> {
  return putItem(
    deliveriesTable(),
    {
      ...deliveryKey(notificationId, endpointId),
      type,
      status: "waiting" satisfies DeliveryStatus,
      startedAt: now.toISOString(),
      failed: 0,
      attempts: [],
      expiresAt: expiryFrom(now),
    },
    { expression: "attribute_not_exists(notificationId)" },
  );
}

/** Both parts of one delivery, as far as they exist. */
export async function readDelivery(
  notificationId: string,
  endpointId: string,
  appSecrets: readonly string[],
): Promise<{ readonly notification?: StoredNotification; readonly delivery?: Delivery }> {
  const items = await getItems(deliveriesTable(), [
    deliveryKey(notificationId, NOTIFICATION_PART),
    deliveryKey(notificationId, endpointId),
  ]);
  const item = items.find(({ part }) => part === NOTIFICATION_PART);
  const own = items.find(({ part }) => part === endpointId);
  return present({
    notification: item && notificationIn(item, appSecrets),
    delivery: own && deliveryIn(own),
  });
}

/** The type of a notification that is stored, and its deliveries. */
export async function deliveriesOf(
  notificationId: string,
): Promise<{ readonly type?: string; readonly deliveries: readonly Delivery[] }> {
  const { items } = await queryItems(deliveriesTable(), {
    key: {
      expression: "#notificationId = :id",
      names: { "#notificationId": "notificationId" },
      values: { ":id": notificationId },
    },
  });
  const own = items.find(({ part }) => part === NOTIFICATION_PART);
  const deliveries = items
    .filter(({ part }) => part !== NOTIFICATION_PART)
    .flatMap((item) => deliveryIn(item) ?? []);
  return { ...present({ type: textOf(own?.type) }), deliveries };
}

/** One page of the ids of notifications that were stored on a day, from `since` to before `until`, the oldest first. */
export async function storedOn(
  day: string,
  range: { readonly since: Date; readonly until: Date },
  after?: Item,
): Promise<{ readonly ids: readonly string[]; readonly next?: Item }> {
  const { items, next } = await queryItems(deliveriesTable(), {
    index: "by-day",
    key: {
      expression: "#day = :day AND #storedAt BETWEEN :since AND :until",
      names: { "#day": "day", "#storedAt": "storedAt" },
      values: {
        ":day": day,
        ":since": range.since.toISOString(),
        ":until": new Date(range.until.getTime() - 1).toISOString(),
      },
    },
    ...present({ after }),
  });
  return { ids: items.flatMap(({ notificationId }) => textOf(notificationId) ?? []), ...present({ next }) };
}

/** What an attempt at a delivery changes. */
export interface AttemptResult {
  readonly attempt: Attempt;
  readonly status: DeliveryStatus;
  readonly nextAttemptAt?: string | undefined;
}

/** Adds an attempt to the log. */
export async function noteAttempt(
  { notificationId, endpointId }: Delivery,
  { attempt, status, nextAttemptAt }: AttemptResult,
): Promise<void> {
  const isFailed = status !== "delivered";
  await updateItem(
    deliveriesTable(),
    deliveryKey(notificationId, endpointId),
    [
      "SET #status = :status, attempts = list_append(attempts, :attempt)",
      ...(nextAttemptAt === undefined ? [] : [", nextAttemptAt = :next"]),
      ` REMOVE parkedFor, parkedAt${nextAttemptAt === undefined ? ", nextAttemptAt" : ""}`,
      " ADD failed :failed",
    ].join(""),
    {
      expression: "attribute_exists(notificationId)",
      names: { "#status": "status" },
      values: {
        ":status": status,
        ":attempt": [attempt],
        ":failed": isFailed ? 1 : 0,
        ...(nextAttemptAt === undefined ? {} : { ":next": nextAttemptAt }),
      },
    },
  );
}

/** Notes that the delivery is given up without another attempt. */
export async function noteGivenUp({ notificationId, endpointId }: Delivery): Promise<void> {
  await updateItem(
    deliveriesTable(),
    deliveryKey(notificationId, endpointId),
    "SET #status = :status REMOVE parkedFor, parkedAt, nextAttemptAt",
    {
      expression: "attribute_exists(notificationId)",
      names: { "#status": "status" },
      values: { ":status": "given-up" satisfies DeliveryStatus },
    },
  );
}

/** Begins the three days again, also for a delivery that has ended, and keeps it and its notification for 30 days more. */
export async function restart(notificationId: string, endpointId: string, now: Date): Promise<void> {
  const keep = { ":expiresAt": expiryFrom(now) };
  await updateItem(
    deliveriesTable(),
    deliveryKey(notificationId, endpointId),
    "SET #status = :status, startedAt = :now, failed = :none, expiresAt = :expiresAt REMOVE parkedFor, parkedAt, nextAttemptAt",
    {
      expression: "attribute_exists(notificationId)",
      names: { "#status": "status" },
      values: {
        ":status": "waiting" satisfies DeliveryStatus,
        ":now": now.toISOString(),
        ":none": 0,
        ...keep,
      },
    },
  );
  await updateItem(
    deliveriesTable(),
    deliveryKey(notificationId, NOTIFICATION_PART),
    "SET expiresAt = :expiresAt",
    {
      expression: "attribute_exists(notificationId)",
      values: keep,
    },
  );
}

function notificationIn(item: Item, appSecrets: readonly string[]): StoredNotification | undefined {
  const { notificationId: id, type, body: sealed } = item;
  if (typeof id !== "string" || typeof type !== "string" || typeof sealed !== "string") return undefined;
  const body = createSealer(appSecrets).open(sealed, placeOf(id));
  return typeof body === "string" ? { id, type, body } : undefined;
}

function deliveryIn(item: Item): Delivery | undefined {
  const status = DELIVERY_STATUSES.find((known) => known === item.status);
  const { notificationId, part } = item;
  if (status === undefined || typeof notificationId !== "string" || typeof part !== "string")
    return undefined;
  return {
    notificationId,
    endpointId: part,
    type: textOf(item.type) ?? "",
    status,
    startedAt: textOf(item.startedAt) ?? "",
    failed: numberOf(item.failed) ?? 0,
    attempts: listOf(item.attempts).map((attempt) => {
      const { at, result, durationMs } = fieldsOf(attempt);
      return { at: textOf(at) ?? "", result: textOf(result) ?? "", durationMs: numberOf(durationMs) ?? 0 };
    }),
    ...present({ nextAttemptAt: textOf(item.nextAttemptAt) }),
  };
}
