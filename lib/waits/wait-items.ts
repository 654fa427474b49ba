/**
 * The table EventWaits: the task tokens of steps that wait, by the object that they wait for. Each attempt of a step has its
 * own token and its own item, so that a late attempt cannot replace the token of the one after it. Everything that decides
 * something is sealed for its place: anyone who has a token can end the step.
 */
import { createHash } from "node:crypto";
import { deleteItem, type Item, putItem, queryItems } from "../aws/dynamodb.ts";
import { env } from "../env.ts";
import { present } from "../present.ts";
import type { Sealer } from "../sealing/sealing.ts";
import { fieldsOf, numberOf, textOf, textsOf } from "../untrusted.ts";
import type { Awaited } from "./wait.ts";

/** A step that waits. */
export interface Waiting extends Awaited {
  readonly runId: string;
  readonly step: string;
  /** Step Functions' token of the attempt: a secret. */
  readonly token: string;
}

/** For how long after its timeout a wait is kept, in seconds. */
const KEPT_SECONDS = 24 * 60 * 60;

/** Records a wait that begins now and ends `timeoutMs` later at the latest. Repeating it changes nothing. */
export async function putWait(
  waiting: Waiting,
  { timeoutMs, now }: { readonly timeoutMs: number; readonly now: Date },
  sealer: Sealer,
): Promise<void> {
  const { objectId, runId, step, events } = waiting;
  const waitId = waitIdOf(waiting);
  await putItem(env("EVENT_WAITS_TABLE"), {
    objectId,
    waitId,
    // For the person who reads the table; no code decides by these.
    runId,
    step,
    events: [...events],
    begunAt: now.toISOString(),
    sealed: sealer.seal(waiting, contextOf(objectId, waitId)),
    expiresAt: Math.ceil((now.getTime() + timeoutMs) / 1000) + KEPT_SECONDS,
  });
}

/** The waits for this object. `unreadable` are the ids of those that no secret of ours opens. */
export async function waitsFor(
  objectId: string,
  sealer: Sealer,
): Promise<{ readonly waits: readonly Waiting[]; readonly unreadable: readonly string[] }> {
  const waits: Waiting[] = [];
  const unreadable: string[] = [];
  let after: Item | undefined;
  do {
    const page = await queryItems(env("EVENT_WAITS_TABLE"), {
      key: { expression: "objectId = :objectId", values: { ":objectId": objectId } },
      ...present({ after }),
    });
    for (const item of page.items) {
      const waiting = opened(item, sealer);
      if (waiting === undefined) unreadable.push(String(item.waitId));
      else waits.push(waiting);
    }
    after = page.next;
  } while (after !== undefined);
  return { waits, unreadable };
}

/** What a person can read of a wait without opening what is sealed. */
export interface RecordedWait {
  readonly objectId: string;
  readonly runId: string;
  readonly step: string;
  readonly events: readonly string[];
  /** UTC, ISO 8601. `until`: the step then fails. */
  readonly begunAt: string;
  readonly until: string;
}

/** The first waits for this object, at most a page of them. Throws SERVICE_UNAVAILABLE. */
export async function recordedWaits(objectId: string): Promise<RecordedWait[]> {
  const { items } = await queryItems(env("EVENT_WAITS_TABLE"), {
    key: { expression: "objectId = :objectId", values: { ":objectId": objectId } },
  });
  return items.map((item) => ({
    objectId,
    runId: textOf(item.runId) ?? "",
    step: textOf(item.step) ?? "",
    events: textsOf(item.events),
    begunAt: textOf(item.begunAt) ?? "",
    until: new Date(((numberOf(item.expiresAt) ?? 0) - KEPT_SECONDS) * 1000).toISOString(),
  }));
}

/** Forgets a wait that has ended. */
export async function deleteWait(waiting: Waiting): Promise<void> {
  const { objectId } = waiting;
  await deleteItem(env("EVENT_WAITS_TABLE"), { objectId, waitId: waitIdOf(waiting) }, {});
}

function waitIdOf({ runId, step, token }: Waiting): string {
  return `${runId}:${step}:${createHash("sha256").update(token).digest("hex").slice(0, 16)}`;
}

const contextOf = (objectId: string, waitId: string) => `wait:${objectId}:${waitId}`;

function opened({ objectId, waitId, sealed }: Item, sealer: Sealer): Waiting | undefined {
  try {
    const waiting = fieldsOf(sealer.open(String(sealed), contextOf(String(objectId), String(waitId))));
    return {
      objectId: String(objectId),
      runId: String(waiting.runId),
      step: String(waiting.step),
      token: String(waiting.token),
      events: textsOf(waiting.events),
      failOn: textsOf(waiting.failOn),
      ...present({ customerId: textOf(waiting.customerId) }),
    };
  } catch {
    return undefined;
  }
}
