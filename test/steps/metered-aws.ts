/**
 * The emulators of AWS behind proxies that count what AWS would bill. It counts for one function at a time: the caller
 * says which one runs.
 */
import type { IncomingMessage, ServerResponse } from "node:http";
import { fieldsOf, listOf } from "../../lib/untrusted.ts";
import { TABLES, type Table, tableId } from "../../resources/tables.ts";
import type { WireItem } from "../../scripts/cost/item-size.ts";
import { itemBytes } from "../../scripts/cost/item-size.ts";
import { keyNames, readUnitsOf, writeUnits } from "../../scripts/cost/table-units.ts";
import { type LoopbackServer, loopbackServer } from "./loopback-server.ts";

export interface TableCall {
  readonly table: Table;
  readonly kind: "read" | "write";
  readonly units: number;
}

/** One call of an AWS client of this process. */
export interface AwsCall {
  readonly service: "dynamodb" | "sqs" | "sns" | "ses" | "sfn" | "stripe";
  /** `PutItem`, `SendMessage`; for Stripe the method and the path. */
  readonly operation: string;
  /** Of a call to DynamoDB. */
  readonly table?: TableCall;
}

export interface MeteredAws {
  /** The address in front of the service at `url`. */
  inFrontOf(service: AwsCall["service"], url: string): Promise<string>;
  /** All items of the table. */
  items(table: Table): Promise<readonly WireItem[]>;
  close(): Promise<void>;
}

type Sent = { readonly headers: Record<string, string>; readonly body: Buffer };

/** Calls `onCall` for each call. `dynamodbUrl`: of the emulator itself. */
export function meteredAws(dynamodbUrl: string, onCall: (call: AwsCall) => void): MeteredAws {
  const servers: LoopbackServer[] = [];
  const ask = async (operation: string, input: object, headers: Record<string, string>) => {
    const response = await fetch(dynamodbUrl, {
      method: "POST",
      headers: { ...headers, "x-amz-target": `DynamoDB_20120810.${operation}` },
      body: JSON.stringify(input),
    });
    return fieldsOf(JSON.parse(await response.text()));
  };

  async function answerDynamoDb(sent: Sent, forward: () => Promise<Buffer>, response: ServerResponse) {
    const operation = String(sent.headers["x-amz-target"]).split(".")[1] ?? "";
    const input = fieldsOf(JSON.parse(sent.body.toString()));
    const table = tableOf(input.TableName ?? Object.keys(fieldsOf(input.RequestItems))[0]);
    if (!WRITES.has(operation)) {
      const body = await forward();
      const units = readUnits(operation, input, fieldsOf(JSON.parse(body.toString())));
      onCall({ service: "dynamodb", operation, table: { table, kind: "read", units } });
      return body;
    }
    const read = () =>
      ask(
        "GetItem",
        { TableName: input.TableName, Key: keyOf(table, input), ConsistentRead: true },
        sent.headers,
      );
    const before = wireItem((await read()).Item);
    const body = await forward();
    const after = response.statusCode === 200 ? wireItem((await read()).Item) : before;
    onCall({
      service: "dynamodb",
      operation,
      table: { table, kind: "write", units: writeUnits(table, before, after) },
    });
    return body;
  }

  async function answer(
    service: AwsCall["service"],
    url: string,
    request: IncomingMessage,
    body: Buffer,
    response: ServerResponse,
  ): Promise<void> {
    const sent = { headers: forwarded(request), body };
    const forward = async () => {
      const { method = "POST" } = request;
      const answered = await fetch(`${url}${request.url}`, {
        method,
        headers: sent.headers,
        ...(method === "GET" || method === "HEAD" ? {} : { body: new Uint8Array(body) }),
      });
      response.statusCode = answered.status;
      for (const [name, value] of answered.headers)
        if (!HOP_HEADERS.has(name)) response.setHeader(name, value);
      return Buffer.from(await answered.arrayBuffer());
    };
    if (service === "dynamodb") {
      response.end(await answerDynamoDb(sent, forward, response));
      return;
    }
    onCall({ service, operation: operationOf(service, request, body) });
    response.end(await forward());
  }

  return {
    async inFrontOf(service, url) {
      const server = await loopbackServer((request, body, response) =>
        answer(service, url, request, body, response),
      );
      servers.push(server);
      return server.url;
    },
    async items(table) {
      const items: WireItem[] = [];
      let ExclusiveStartKey: unknown;
      do {
        const page = await ask("Scan", { TableName: tableId(table), ExclusiveStartKey }, ANY_SIGNATURE);
        items.push(...listOf(page.Items).map(fieldsOf));
        ExclusiveStartKey = page.LastEvaluatedKey;
      } while (ExclusiveStartKey !== undefined);
      return items;
    },
    async close() {
      await Promise.all(servers.map((server) => server.close()));
    },
  };
}

const WRITES = new Set(["PutItem", "UpdateItem", "DeleteItem"]);
/** Node and the emulator set their own. */
const HOP_HEADERS = new Set([
  "connection",
  "content-length",
  "transfer-encoding",
  "keep-alive",
  "host",
  "expect",
  "date",
]);
const ANY_SIGNATURE = {
  "content-type": "application/x-amz-json-1.0",
  authorization:
    "AWS4-HMAC-SHA256 Credential=local/20270101/us-east-1/dynamodb/aws4_request, SignedHeaders=host, Signature=none",
  "x-amz-date": "20270101T000000Z",
};

function forwarded({ headers }: IncomingMessage): Record<string, string> {
  return Object.fromEntries(
    Object.entries(headers).flatMap(([name, value]) =>
      HOP_HEADERS.has(name) || value === undefined ? [] : [[name, String(value)]],
    ),
  );
}

function operationOf(
  service: AwsCall["service"],
  { method, url, headers }: IncomingMessage,
  body: Buffer,
): string {
  if (service === "stripe") return `${method} ${url}`;
  const target = headers["x-amz-target"];
  if (target !== undefined) return String(target).split(".")[1] ?? "";
  return new URLSearchParams(body.toString()).get("Action") ?? "";
}

function tableOf(name: unknown): Table {
  const table = TABLES.find((known) => tableId(known) === name);
  if (table === undefined) throw new Error(`${name} is not a table`);
  return table;
}

const wireItem = (item: unknown): WireItem | undefined => (item === undefined ? undefined : fieldsOf(item));

/** PutItem names its key only within the item. */
function keyOf(table: Table, { Key, Item }: Readonly<Record<string, unknown>>): object {
  if (Key !== undefined) return fieldsOf(Key);
  const item = fieldsOf(Item);
  return Object.fromEntries(keyNames(table).map((name) => [name, item[name]]));
}

function readUnits(
  operation: string,
  input: Readonly<Record<string, unknown>>,
  output: Readonly<Record<string, unknown>>,
): number {
  const bytesOf = (items: unknown) => listOf(items).map((item) => itemBytes(fieldsOf(item)));
  const factor = (consistent: unknown) => (consistent === true ? 1 : 0.5);
  if (operation === "GetItem") {
    return (
      factor(input.ConsistentRead) *
      readUnitsOf(output.Item === undefined ? 0 : itemBytes(fieldsOf(output.Item)))
    );
  }
  if (operation === "BatchGetItem") {
    return Object.entries(fieldsOf(input.RequestItems)).reduce((units, [name, asked]) => {
      const { Keys, ConsistentRead } = fieldsOf(asked);
      const found = bytesOf(fieldsOf(output.Responses)[name]);
      // A key without an item costs as much as the smallest one.
      const missing = listOf(Keys).length - found.length;
      const all = found.reduce((sum, bytes) => sum + readUnitsOf(bytes), 0) + missing;
      return units + factor(ConsistentRead) * all;
    }, 0);
  }
  const total = bytesOf(output.Items).reduce((sum, bytes) => sum + bytes, 0);
  return factor(input.ConsistentRead) * readUnitsOf(total);
}
