/**
 * The tables. On AWS, CloudFormation names them, so that a stack never collides with tables that another one has left
 * behind: docs/decisions/0026. Functions find the names in their environment, operators' commands in an SSM parameter.
 */
import { ARCHIVE_BUCKET, ARCHIVE_NAME } from "./archive-bucket.ts";
import type { CloudFormationResource } from "./cloudformation.ts";

interface TableIndex {
  readonly hash: string;
  readonly range: string;
  /** Whether the index contains whole items, to be read with one query. By default, it contains the keys only. */
  readonly wholeItems?: true;
}

interface TableDefinition {
  readonly hash: string;
  readonly range?: string;
  readonly indexes?: Readonly<Record<string, TableIndex>>;
  /** Attributes of a key or an index that are numbers; the others are text. */
  readonly numbers?: readonly string[];
  /** Storing the items costs more than writing them: storage is 60 % cheaper then, and requests 25 % dearer. */
  readonly isRarelyRead?: true;
  /** Items have `expiresAt` (Unix seconds), and DynamoDB deletes them some time after it. */
  readonly expires?: true;
}

/** docs/storage.md describes the items of each table. */
const DEFINITIONS = {
  idempotencyKeys: { hash: "id", expires: true },
  usageCounters: { hash: "counter", expires: true },
  customers: { hash: "identity" },
  stripeEvents: {
    hash: "eventId",
    // Finds the events of one object: `npm run events -- list --object pi_1`.
    indexes: { "by-object": { hash: "objectId", range: "created" } },
    numbers: ["created"],
    expires: true,
  },
  stripeObjects: {
    hash: "objectId",
    indexes: {
      // Contains only what the state of a customer consists of: the other objects have no `stateOf`.
      "by-customer": { hash: "stateOf", range: "objectId", wholeItems: true },
      // Contains only cards, by their last month: `2027-04`.
      "by-expiry": { hash: "expires", range: "objectId" },
    },
  },
  eventWaits: { hash: "objectId", range: "waitId", expires: true },
  sentMails: { hash: "mail", expires: true },
  repairProgress: { hash: "task" },
  subscriptionClaims: { hash: "claim", expires: true },
  usageRecords: { hash: "identifier", expires: true },
  failedPayments: {
    hash: "paymentId",
    // Contains only payments with a reminder due later; the others have no `followUp`.
    indexes: { "by-follow-up": { hash: "followUp", range: "followUpAt" } },
    numbers: ["followUpAt"],
    expires: true,
  },
  workflowRuns: {
    hash: "runId",
    // The runs of a workflow by status, of all principals and of one, from the earliest to the latest.
    indexes: {
      "by-workflow": { hash: "ofWorkflow", range: "place", wholeItems: true },
      "by-owner": { hash: "ofOwner", range: "place", wholeItems: true },
    },
    expires: true,
  },
  endpoints: { hash: "endpointId" },
  notificationDeliveries: {
    hash: "notificationId",
    range: "part",
    indexes: {
      // Contains only the notifications themselves, by when they were stored.
      "by-day": { hash: "day", range: "storedAt" },
      // Contains only deliveries that wait until their endpoint works again.
      "by-parked": { hash: "parkedFor", range: "parkedAt" },
    },
    expires: true,
  },
  approvals: {
    hash: "approvalId",
    // From the earliest to the latest.
    indexes: { "by-status": { hash: "status", range: "place", wholeItems: true } },
    expires: true,
  },
  apiKeys: { hash: "keyId" },
  auditLog: { hash: "partition", range: "sort", isRarelyRead: true, expires: true },
} satisfies Record<string, TableDefinition>;

export type Table = keyof typeof DEFINITIONS;

export const TABLES: readonly Table[] = [
  "idempotencyKeys",
  "usageCounters",
  "customers",
  "stripeEvents",
  "stripeObjects",
  "eventWaits",
  "sentMails",
  "repairProgress",
  "subscriptionClaims",
  "usageRecords",
  "failedPayments",
  "workflowRuns",
  "endpoints",
  "notificationDeliveries",
  "approvals",
  "apiKeys",
  "auditLog",
];

/** The table's name on the local stack: `contractspec-stripe-dev-idempotency-keys`. */
export function localTableName(table: Table, service: string, stage: string): string {
  return `${service}-${stage}-${table.replaceAll(/(?=[A-Z])/g, "-").toLowerCase()}`;
}

/** The environment variable in which a function finds the name: `IDEMPOTENCY_KEYS_TABLE`. */
export function tableVariable(table: Table): string {
  return `${table.replaceAll(/(?=[A-Z])/g, "_").toUpperCase()}_TABLE`;
}

/** CloudFormation's logical id: `IdempotencyKeysTable`. */
export function tableId(table: Table): string {
  return `${table.charAt(0).toUpperCase()}${table.slice(1)}Table`;
}

/** Where the stage's operators find the names of its tables. */
export const tableNamesParameter = (service: string, stage: string) => `/${service}/${stage}/TABLES`;

/** The parameter's resource: a JSON object with the name of each table, and of the archive. */
export function tableNamesResource(service: string, stage: string): CloudFormationResource {
  const names = [
    ...TABLES.map((table) => [table, tableId(table)]),
    // Operators read what is archived, too.
    [ARCHIVE_NAME, ARCHIVE_BUCKET],
  ].map(([name, id]) => `"${name}":"\${${id}}"`);
  return {
    Type: "AWS::SSM::Parameter",
    Properties: {
      Name: tableNamesParameter(service, stage),
      Type: "String",
      Description: "The tables of this stage, for operators' commands.",
      Value: { "Fn::Sub": `{${names.join(",")}}` },
    },
  };
}

/** https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/HowItWorks.TableClasses.html */
export const RARELY_READ = "STANDARD_INFREQUENT_ACCESS";

/**
 * The table's resource: encrypted, restorable to any second of the last 35 days, and kept when the stack is deleted. Only
 * a deployment that fails while it creates the table also deletes it again. A protected table is deleted by nobody, not even
 * by that deployment: it stays, empty.
 */
export function tableResource(table: Table, isProtected = false): CloudFormationResource {
  const {
    hash,
    range,
    indexes = {},
    numbers = [],
    isRarelyRead,
    expires,
  }: TableDefinition = DEFINITIONS[table];
  const keySchema = (hashKey: string, rangeKey: string | undefined) => [
    { AttributeName: hashKey, KeyType: "HASH" },
    ...(rangeKey === undefined ? [] : [{ AttributeName: rangeKey, KeyType: "RANGE" }]),
  ];
  const secondary = Object.entries(indexes);
  const keyAttributes = new Set([
    hash,
    range,
    ...secondary.flatMap(([, index]) => [index.hash, index.range]),
  ]);
  return {
    Type: "AWS::DynamoDB::Table",
    DeletionPolicy: "RetainExceptOnCreate",
    UpdateReplacePolicy: "Retain",
    Properties: {
      BillingMode: "PAY_PER_REQUEST",
      AttributeDefinitions: [...keyAttributes]
        .filter((attribute) => attribute !== undefined)
        .map((attribute) => ({
          AttributeName: attribute,
          AttributeType: numbers.includes(attribute) ? "N" : "S",
        })),
      KeySchema: keySchema(hash, range),
      ...(secondary.length === 0
        ? {}
        : {
            GlobalSecondaryIndexes: secondary.map(([IndexName, index]) => ({
              IndexName,
              KeySchema: keySchema(index.hash, index.range),
              Projection: { ProjectionType: index.wholeItems ? "ALL" : "KEYS_ONLY" },
            })),
          }),
      ...(isRarelyRead ? { TableClass: RARELY_READ } : {}),
      SSESpecification: { SSEEnabled: true },
      ...(isProtected ? { DeletionProtectionEnabled: true } : {}),
      PointInTimeRecoverySpecification: { PointInTimeRecoveryEnabled: true },
      ...(expires ? { TimeToLiveSpecification: { AttributeName: "expiresAt", Enabled: true } } : {}),
    },
  };
}
