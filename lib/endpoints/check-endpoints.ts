/**
 * What has to happen to endpoints from time to time: parked deliveries go back to the queue when their endpoint works again, and
 * the administrator is told of endpoints that were disabled. Safe to repeat.
 */

import { enqueueDelivery } from "./delivery-queue.ts";
import type { Endpoint } from "./endpoint.ts";
import { isBroken } from "./endpoint-health.ts";
import { listEndpoints, noteTold } from "./endpoint-table.ts";
import { type Parked, parkedFor, unpark } from "./parked-deliveries.ts";
import { RETRY_SECONDS } from "./retry-schedule.ts";

export interface CheckContext {
  readonly now: () => Date;
  readonly hasTime: () => boolean;
  /** Mails the administrator about an endpoint that was disabled. */
  readonly tell: (endpoint: Endpoint) => Promise<void>;
}

export interface CheckCounts {
  /** Deliveries that went back to the queue. */
  released: number;
  /** Endpoints of which the administrator was told. */
  told: number;
}

const AT_ONCE = 100;

/** Checks every endpoint. An endpoint whose check fails does not keep the others from theirs; the first failure is thrown at the end. */
export async function checkEndpoints(context: CheckContext, counts: CheckCounts): Promise<void> {
  const results = await Promise.allSettled(
    (await listEndpoints()).map(async (endpoint) => {
      await tellIfDisabled(endpoint, context, counts);
      await release(endpoint, context, counts);
    }),
  );
  for (const result of results) if (result.status === "rejected") throw result.reason;
}

async function tellIfDisabled(
  endpoint: Endpoint,
  { now, tell }: CheckContext,
  counts: CheckCounts,
): Promise<void> {
  const { endpointId, disabledAt, disabledReason, toldAt } = endpoint;
  if (disabledAt === undefined || disabledReason === "operator" || toldAt !== undefined) return;
  await tell(endpoint);
  await noteTold(endpointId, now());
  counts.told += 1;
}

/** A disabled endpoint keeps what is parked until it is enabled, or until that expires. */
async function release(endpoint: Endpoint, context: CheckContext, counts: CheckCounts): Promise<void> {
  const { endpointId, disabledAt, nextProbeAt } = endpoint;
  if (disabledAt !== undefined) return;
  const now = context.now();
  if (!isBroken(endpoint, now)) return releaseAll(() => parkedFor(endpointId, AT_ONCE), context, counts);
  // Given up by their consumer: see deliver.ts.
  const tooOld = new Date(now.getTime() - RETRY_SECONDS * 1000);
  await releaseAll(() => parkedFor(endpointId, AT_ONCE, tooOld), context, counts);
  const isProbeDue = nextProbeAt === undefined || nextProbeAt <= now.toISOString();
  if (isProbeDue) await queueAgain(await parkedFor(endpointId, 1), counts);
}

async function releaseAll(
  next: () => Promise<Parked[]>,
  { hasTime }: CheckContext,
  counts: CheckCounts,
): Promise<void> {
  const seen = new Set<string>();
  while (hasTime()) {
    // The index is not read consistently, so it can still have what was released a moment ago.
    const parked = (await next()).filter(({ notificationId, parkedAt }) => {
      const isNew = !seen.has(`${notificationId} ${parkedAt}`);
      seen.add(`${notificationId} ${parkedAt}`);
      return isNew;
    });
    if (parked.length === 0) return;
    await queueAgain(parked, counts);
  }
}

/** Queued first: a delivery that is in the queue twice is made once, but one that is nowhere is lost. */
async function queueAgain(parked: readonly Parked[], counts: CheckCounts): Promise<void> {
  await Promise.all(
    parked.map(async (delivery) => {
      await enqueueDelivery(delivery);
      await unpark(delivery);
    }),
  );
  counts.released += parked.length;
}
