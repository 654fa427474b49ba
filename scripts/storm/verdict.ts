/** Counts the effects of a storm in the tables themselves, and compares them with the expected numbers. */
import { DynamoDBClient, paginateScan } from "@aws-sdk/client-dynamodb";
import { fromAttributes } from "../../lib/aws/attribute-values.ts";
import { LOCAL_CREDENTIALS } from "../../local/local-credentials.ts";
import type { StormEvent } from "./storm-events.ts";

export interface Row {
  readonly what: string;
  readonly count: number;
  /** Not set when any number is right. */
  readonly expected?: number;
}

/** One row per promise. `told`: how often the application was notified of each event. */
export async function countEffects(
  dynamodbUrl: string,
  events: readonly StormEvent[],
  told: ReadonlyMap<string, number>,
): Promise<Row[]> {
  const inbox = await readTable(dynamodbUrl, "stripe-events", "eventId");
  const objects = await readTable(dynamodbUrl, "stripe-objects", "objectId");
  const done = events.filter(({ id }) => inbox.get(id)?.state === "done");
  const recorded = events.filter(({ objectId, status }) => objects.get(objectId)?.status === status);
  // Every event has its own object, so a record that was written twice was applied twice.
  const twice = events.filter(({ objectId }) => Number(objects.get(objectId)?.version) > 1);
  const knownEvents = new Set(events.map(({ id }) => id));
  const strangers = [...inbox.keys()].filter((id) => !knownEvents.has(id));
  const ofStorm = events.filter(({ id }) => told.has(id));
  const again = ofStorm.reduce((sum, { id }) => sum + (told.get(id) ?? 1) - 1, 0);
  return [
    { what: "events that are done in the inbox", count: done.length, expected: events.length },
    { what: "objects in the reported state", count: recorded.length, expected: events.length },
    { what: "effects lost", count: events.length - recorded.length, expected: 0 },
    { what: "effects duplicated", count: twice.length, expected: 0 },
    { what: "events that nobody sent", count: strangers.length, expected: 0 },
    { what: "events that the application was notified of", count: ofStorm.length, expected: events.length },
    { what: "notifications repeated, with the same id (SNS is at least once)", count: again },
  ];
}

/** The rows as a table, with a mark where a promise is broken. */
export function resultTable(rows: readonly Row[]): string {
  const width = Math.max(...rows.map(({ what }) => what.length));
  return rows
    .map((row) => {
      const count = row.count.toLocaleString("en").padStart(9);
      const verdict =
        row.expected === undefined ? "" : isRight(row) ? "  ok" : `  WRONG, must be ${row.expected}`;
      return `${row.what.padEnd(width)}${count}${verdict}`;
    })
    .join("\n");
}

export function isRight({ count, expected }: Row): boolean {
  return expected === undefined || count === expected;
}

async function readTable(
  endpoint: string,
  table: string,
  key: string,
): Promise<Map<string, Record<string, unknown>>> {
  const client = new DynamoDBClient({ endpoint, region: "us-east-1", credentials: LOCAL_CREDENTIALS });
  const items = new Map<string, Record<string, unknown>>();
  const TableName = `contractspec-stripe-dev-${table}`;
  for await (const { Items = [] } of paginateScan({ client }, { TableName, ConsistentRead: true })) {
    for (const attributes of Items) {
      const item = fromAttributes(attributes);
      items.set(String(item[key]), item);
    }
  }
  client.destroy();
  return items;
}
