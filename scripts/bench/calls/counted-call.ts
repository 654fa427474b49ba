/** One call to a service, as it is counted. Pure. */
import type { IncomingMessage } from "node:http";
import { fieldsOf, parseJson, textOf } from "../../../lib/untrusted.ts";

export const SERVICES = ["DynamoDB", "SQS", "SNS", "SES", "Stripe", "Step Functions"] as const;
export type Service = (typeof SERVICES)[number];

export interface CountedCall {
  readonly service: Service;
  /** `PutItem`, `Publish`, `POST /v1/payment_intents/...`. */
  readonly operation: string;
  /** Of DynamoDB: the table and, in the audit log, the kind of the item, such as `AuditLog head`. */
  readonly about?: string;
}

/** The services by the environment variables that lead to them. */
const BY_VARIABLE: Readonly<Record<string, Service>> = {
  AWS_ENDPOINT_URL_DYNAMODB: "DynamoDB",
  AWS_ENDPOINT_URL_SQS: "SQS",
  AWS_ENDPOINT_URL_SNS: "SNS",
  AWS_ENDPOINT_URL_SES: "SES",
  AWS_ENDPOINT_URL_SFN: "Step Functions",
  STRIPE_API_BASE: "Stripe",
};

const WRITES: ReadonlySet<string> = new Set(["PutItem", "UpdateItem", "DeleteItem"]);

export const isWrite = ({ service, operation }: CountedCall): boolean =>
  service === "DynamoDB" && WRITES.has(operation);

/** Throws for a request to a service that is not known. */
export function countedCall(
  variable: string,
  { method, url, headers }: IncomingMessage,
  body: Buffer,
): CountedCall {
  const service = BY_VARIABLE[variable];
  if (service === undefined) throw new Error(`${variable} leads to no service that is counted`);
  if (service === "Stripe") return { service, operation: `${method} ${stripePath(url ?? "")}` };
  const text = body.toString();
  const operation =
    textOf(headers["x-amz-target"])?.split(".")[1] ?? new URLSearchParams(text).get("Action") ?? "unknown";
  return service === "DynamoDB" ? { service, operation, about: subjectOf(text) } : { service, operation };
}

/** The path without ids and parameters. */
const stripePath = (url: string): string =>
  new URL(url, "http://stripe").pathname.replaceAll(/\/[a-z]+(?:_[a-z]+)*_(?=\w*\d)\w+/g, "/...");

function subjectOf(body: string): string {
  const { TableName, Item, Key, RequestItems } = fieldsOf(parseJson(body));
  const table = (textOf(TableName) ?? Object.keys(fieldsOf(RequestItems)).join()).replace(/Table$/, "");
  if (table !== "AuditLog") return table;
  const { partition } = fieldsOf(Item ?? Key);
  const [kind] = (textOf(fieldsOf(partition).S) ?? "").split("#");
  return kind === undefined || kind === "" ? table : `${table} ${kind}`;
}

/** How often each was called, by service, operation and subject, in alphabetical order. */
export function countsOf(calls: readonly CountedCall[]): Record<string, number> {
  const names = calls.map(({ service, operation, about }) =>
    [service, operation, about ?? []].flat().join(" "),
  );
  return Object.fromEntries(
    [...Map.groupBy(names, (name) => name)].map(([name, { length }]) => [name, length] as const).sort(),
  );
}

/** How many items of DynamoDB the calls write. */
export const writesIn = (calls: readonly CountedCall[]): number => calls.filter(isWrite).length;
