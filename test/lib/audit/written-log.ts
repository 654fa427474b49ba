/** Random audit logs, written as the service writes them, each on its own day; and all items of such a day. */
import fc from "fast-check";
import { type Attempt, beginAttempt, recordAttempt } from "../../../lib/audit/attempt.ts";
import type { AuditBeginning, AuditEnding } from "../../../lib/audit/audit-entry.ts";
import { dayPartition, headPartition, objectPartition, SHARDS } from "../../../lib/audit/stored-entry.ts";
import { type Item, queryItems } from "../../../lib/aws/dynamodb.ts";
import { waitFor } from "../../../local/stack-client.ts";

export const SECRETS = ["app-secret-of-the-tests"];
const DAY_MS = 24 * 60 * 60 * 1000;
let lastDay = Date.parse("2026-01-01T00:00:00Z");

/** A day that no other test of this process writes to: its first millisecond. */
export function aNewDay(): number {
  lastDay += DAY_MS;
  return lastDay;
}

export const dayText = (day: number) => new Date(day).toISOString().slice(0, 10);

export const aBeginning = (startedAt: number, changes: Partial<AuditBeginning> = {}): AuditBeginning => ({
  eventType: "capability.invoked",
  actor: { id: "shop", roles: ["checkout"], ipAddress: "192.0.2.1" },
  resource: { type: "capability", id: "stripe-create-payment-intent", version: "1.0.0" },
  action: "invoke",
  requestId: "request-1",
  startedAt: new Date(startedAt),
  deadline: startedAt + 25_000,
  inputs: { amount: 4200, customerId: "cus_1" },
  ...changes,
});

/** The calls of one instant, all concurrent. */
export interface Wave {
  readonly begin: number;
  readonly record: number;
  /** For each open attempt: it is ended, ended twice (a correction) or left open. */
  readonly ends: readonly ("end" | "correct" | "leave")[];
}

export const waves: fc.Arbitrary<Wave[]> = fc.array(
  fc.record({
    begin: fc.nat(3),
    record: fc.nat(1),
    ends: fc.array(fc.constantFrom("end", "end", "correct", "leave"), { maxLength: 4 }),
  }),
  { minLength: 1, maxLength: 4 },
);

/** Writes a log. A call that fails is given up, as a caller would do. Attempts that never end were cut off. */
export async function writeLog(day: number, log: readonly Wave[]): Promise<void> {
  let open: Attempt[] = [];
  let instant = day;
  let count = 0;
  for (const { begin, record, ends } of log) {
    instant += 1;
    const beginning = () => {
      count += 1;
      return aBeginning(instant, { inputs: { customerId: `cus_${count}` }, objects: [`run-${count % 2}`] });
    };
    const ending = open.slice(0, ends.length).map((attempt, i) => endAttempt(attempt, ends[i] ?? "leave", i));
    const recording = Array.from({ length: record }, () =>
      recordAttempt(beginning(), { result: "denied", durationMs: 1, code: "FORBIDDEN" }, SECRETS),
    );
    const beginnings = Array.from({ length: begin }, () => beginAttempt(beginning(), SECRETS));
    const begun = await Promise.allSettled(beginnings);
    await Promise.allSettled([...ending, ...recording]);
    open = [
      ...open.slice(ends.length),
      ...begun.flatMap((result) => (result.status === "fulfilled" ? [result.value] : [])),
    ];
  }
}

async function endAttempt(attempt: Attempt, how: Wave["ends"][number], n: number): Promise<void> {
  if (how === "leave") return;
  const ending: AuditEnding = { result: "succeeded", durationMs: 3, outputs: { paymentIntentId: `pi_${n}` } };
  await attempt.end(ending);
  if (how === "correct") await attempt.end({ result: "failed", durationMs: 4, code: "SERVICE_UNAVAILABLE" });
}

/** All items of one day, once the heads name every entry: they are written while attempts continue. */
export function itemsWithHeads(day: number): Promise<DayItems> {
  return waitFor("the heads", async () => {
    const items = await itemsOf(day);
    const last = new Map(items.heads.map(({ sort, sequence }) => [sort, Number(sequence)]));
    const isNamed = ({ writer, sequence }: Item) => Number(sequence) <= (last.get(writer) ?? 0);
    return items.entries.every(isNamed) ? items : undefined;
  });
}

export interface DayItems {
  readonly entries: readonly Item[];
  readonly heads: readonly Item[];
  readonly links: readonly Item[];
  /** Outside the partitions of the day. */
  readonly others?: readonly Item[];
}

/** All items of one day in the log. */
export async function itemsOf(day: number): Promise<DayItems> {
  const shards = Array.from({ length: SHARDS }, (_, shard) => itemsIn(dayPartition(dayText(day), shard)));
  const entries = (await Promise.all(shards)).flat();
  const ids = new Set(
    entries.flatMap(({ objects, ending }) => [...textsOf(objects), ...textsOf(objectsOf(ending))]),
  );
  const links = (await Promise.all([...ids].map((id) => itemsIn(objectPartition(id))))).flat();
  return {
    entries,
    heads: await itemsIn(headPartition(dayText(day))),
    links: links.filter(({ sort }) => String(sort).startsWith(dayText(day))),
  };
}

export async function itemsIn(partition: string, table = "AuditLogTable"): Promise<Item[]> {
  const { items, next } = await queryItems(table, {
    key: {
      expression: "#partition = :partition",
      names: { "#partition": "partition" },
      values: { ":partition": partition },
    },
  });
  if (next !== undefined) throw new Error(`${partition} has more than a page`);
  return items;
}

const textsOf = (value: unknown) => (Array.isArray(value) ? value.map(String) : []);
const objectsOf = (ending: unknown) =>
  typeof ending === "object" && ending !== null && "objects" in ending ? ending.objects : [];
