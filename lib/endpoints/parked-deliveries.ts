/** Deliveries that wait in the table, instead of the queue, until their endpoint works or is enabled again. */
import { queryItems, updateItem } from "../aws/dynamodb.ts";
import { type Delivery, type DeliveryStatus, deliveriesTable, deliveryKey } from "./delivery-table.ts";

/** Lets the delivery wait in the table. `by` is the message that is then deleted from the queue. */
export async function park({ notificationId, endpointId }: Delivery, by: string, now: Date): Promise<void> {
  await updateItem(
    deliveriesTable(),
    deliveryKey(notificationId, endpointId),
    "SET #status = :status, parkedFor = :endpoint, parkedAt = :at REMOVE nextAttemptAt",
    {
      expression: "attribute_exists(notificationId) AND #status <> :delivered",
      names: { "#status": "status" },
      values: {
        ":status": "parked" satisfies DeliveryStatus,
        ":endpoint": endpointId,
        // Different for each time that it is parked: `unpark` undoes only the one that it has seen.
        ":at": `${now.toISOString()} ${by}`,
        ":delivered": "delivered" satisfies DeliveryStatus,
      },
    },
  );
}

export interface Parked {
  readonly notificationId: string;
  readonly endpointId: string;
  readonly parkedAt: string;
}

/** The deliveries that have been parked the longest, at most `limit`; with `before`, only those parked before that time. */
export async function parkedFor(endpointId: string, limit: number, before?: Date): Promise<Parked[]> {
  const { items } = await queryItems(deliveriesTable(), {
    index: "by-parked",
    key: {
      expression:
        before === undefined ? "#parkedFor = :endpoint" : "#parkedFor = :endpoint AND #parkedAt < :before",
      names: { "#parkedFor": "parkedFor", ...(before === undefined ? {} : { "#parkedAt": "parkedAt" }) },
      values: {
        ":endpoint": endpointId,
        ...(before === undefined ? {} : { ":before": before.toISOString() }),
      },
    },
    limit,
  });
  return items.flatMap(({ notificationId, parkedAt }) =>
    typeof notificationId === "string" && typeof parkedAt === "string"
      ? [{ notificationId, endpointId, parkedAt }]
      : [],
  );
}

/** Notes that the delivery is in the queue again. Does nothing if it was parked again since then. */
export async function unpark({ notificationId, endpointId, parkedAt }: Parked): Promise<void> {
  await updateItem(
    deliveriesTable(),
    deliveryKey(notificationId, endpointId),
    "SET #status = :status REMOVE parkedFor, parkedAt",
    {
      expression: "parkedAt = :seen",
      names: { "#status": "status" },
      values: { ":status": "waiting" satisfies DeliveryStatus, ":seen": parkedAt },
    },
  );
}
