/**
 * Everything that a function can use, by name. A grant gives environment variables, secrets and the least rights that
 * go with them. A function names its grants (`uses:` in function.yml), or gets them from its kind: see functions.ts.
 * `npm run generate` compares them with the calls in the function's code.
 */
import { globSync } from "node:fs";
import { basename } from "node:path";
import { type ConsumedQueue, EVENT_QUEUES, queueUrlVariable } from "../lib/events/event-queues.ts";
import type { SecretName } from "../lib/secrets/secrets.ts";
import { ARCHIVE_BUCKET } from "./archive-bucket.ts";
import { arnHere, arnOf, type Statement } from "./cloudformation.ts";
import { queueId } from "./event-queues.ts";
import type { SettingName } from "./settings.ts";
import { type Table, tableId, tableVariable } from "./tables.ts";

/** For how many days the audit log is kept. */
export const DEFAULT_RETENTION_DAYS = "400";

/** The framework's variables, for names that differ by stage. */
export const SERVICE = `\${self:service}`;
export const STAGE = `\${sls:stage}`;

export interface Grant {
  readonly environment?: Readonly<Record<string, unknown>>;
  readonly secrets?: readonly SecretName[];
  readonly statements?: readonly Statement[];
}

/** The setting of the stage (settings.ts); `byDefault` when it is not set. */
const setting = (name: SettingName, byDefault = "") => `\${self:custom.settings.${name}, '${byDefault}'}`;

const allow = (actions: readonly string[], resources: readonly object[]): Statement => ({
  Effect: "Allow",
  Action: actions,
  Resource: resources,
});

/** Gives the table's name, and allows these operations on it. */
function table(name: Table, ...operations: readonly string[]): Grant {
  return {
    environment: { [tableVariable(name)]: { Ref: tableId(name) } },
    statements: [
      allow(
        operations.map((operation) => `dynamodb:${operation}`),
        [arnOf(tableId(name))],
      ),
    ],
  };
}

function allOf(...grants: readonly Grant[]): Grant {
  return {
    environment: Object.assign({}, ...grants.map(({ environment }) => environment)),
    secrets: grants.flatMap(({ secrets = [] }) => secrets),
    statements: grants.flatMap(({ statements = [] }) => statements),
  };
}

const setTo = (environment: Readonly<Record<string, unknown>>): Grant => ({ environment });
const secret = (...secrets: readonly SecretName[]): Grant => ({ secrets });

/** Allows sending to these queues, and gives their URLs. */
function senderTo(queues: readonly ConsumedQueue[]): Grant {
  return {
    environment: Object.fromEntries(
      queues.map((queue) => [queueUrlVariable(queue), { Ref: queueId(queue) }]),
    ),
    statements: [
      allow(
        ["sqs:SendMessage"],
        queues.map((queue) => arnOf(queueId(queue))),
      ),
    ],
  };
}

export const workflowIds = () =>
  globSync("workflows/*.yml")
    .map((file) => basename(file, ".yml"))
    .sort();
/** The name of a workflow's state machine; STATE_MACHINE_ARN_PREFIX ends with its beginning. */
export const machineName = (workflowId: string) => `${SERVICE}-${STAGE}-${workflowId}`;
const onEachWorkflow = (actions: readonly string[], resource: (machine: string) => string) =>
  allow(
    actions,
    workflowIds().map((workflowId) => arnHere("states", resource(machineName(workflowId)))),
  );
const STATE_MACHINES = setTo({
  STATE_MACHINE_ARN_PREFIX: arnHere("states", `stateMachine:${machineName("")}`),
});

const auditRetention = setTo({
  AUDIT_RETENTION_DAYS: setting("AUDIT_RETENTION_DAYS", DEFAULT_RETENTION_DAYS),
  AUDIT_ARCHIVE: setting("AUDIT_ARCHIVE", "on"),
});

/** Gives the name of the audit log's archive. S3 says that there is no such object only to a role that can list the bucket. */
function auditArchive(...operations: readonly string[]): Grant {
  return {
    environment: { AUDIT_ARCHIVE_BUCKET: { Ref: ARCHIVE_BUCKET } },
    statements: [
      allow(["s3:ListBucket"], [arnOf(ARCHIVE_BUCKET)]),
      allow(
        operations.map((operation) => `s3:${operation}`),
        [{ "Fn::Sub": `\${${ARCHIVE_BUCKET}.Arn}/*` }],
      ),
    ],
  };
}
/** The sender of every mail. */
export const SENDER = `\${self:custom.emailFrom}`;
/** The configuration set of the stage's mails. */
export const CONFIGURATION_SET = `${SERVICE}-${STAGE}`;
const publicUrl = setTo({ PUBLIC_URL: `\${self:custom.settings.PUBLIC_URL, self:custom.publicUrl}` });

/** The address of this API itself, without a domain of your own or a CDN on the way, and the pages that may call it. */
const ownApi = setTo({
  API_URL: { "Fn::Sub": `https://\${HttpApi}.execute-api.\${AWS::Region}.\${AWS::URLSuffix}` },
  CORS_ORIGINS: setting("CORS_ORIGINS"),
});

/** The sites that payers may be sent back to. */
const returnOrigins = setTo({ RETURN_ORIGINS: setting("RETURN_ORIGINS") });

/** Days for which an overdue payment does not end access. */
const accessGrace = setTo({ ACCESS_GRACE_DAYS: setting("ACCESS_GRACE_DAYS", "7") });

const notificationsTopic: Grant = {
  environment: { NOTIFICATIONS_TOPIC_ARN: { Ref: "NotificationsTopic" } },
  statements: [allow(["sns:Publish"], [{ Ref: "NotificationsTopic" }])],
};

/** The language and the time zone of payers whose own are not known. */
const payersDefaults = setTo({
  BUSINESS_LANGUAGE: setting("BUSINESS_LANGUAGE"),
  BUSINESS_TIME_ZONE: setting("BUSINESS_TIME_ZONE"),
});

/** How mails look. */
const brand = setTo({
  BUSINESS_ADDRESS: setting("BUSINESS_ADDRESS"),
  BUSINESS_LOGO_URL: setting("BUSINESS_LOGO_URL"),
  BUSINESS_COLOR: setting("BUSINESS_COLOR"),
});

/** Who sends the mails and shows the pages. */
const business = setTo({
  BUSINESS_NAME: setting("BUSINESS_NAME"),
  SUPPORT_EMAIL: setting("SUPPORT_EMAIL"),
});

export const GRANTS = {
  /** Keys derived from APP_SECRET: sealing, links, digests. */
  "app-secret": secret("APP_SECRET"),
  "stripe-api": secret("STRIPE_SECRET_KEY"),
  "webhook-secret": secret("STRIPE_WEBHOOK_SECRET"),

  "idempotency-keys": allOf(
    table("idempotencyKeys", "GetItem", "PutItem", "UpdateItem", "DeleteItem"),
    setTo({ IDEMPOTENCY_TTL_HOURS: setting("IDEMPOTENCY_TTL_HOURS", "24") }),
  ),
  /** Which run belongs to which Idempotency-Key. */
  "run-ids": table("idempotencyKeys", "GetItem", "PutItem"),
  /** Asks for approvals, and uses them. */
  "approvals:use": allOf(
    table("approvals", "GetItem", "PutItem"),
    setTo({
      APPROVAL_HOURS: setting("APPROVAL_HOURS", "24"),
      IDEMPOTENCY_TTL_HOURS: setting("IDEMPOTENCY_TTL_HOURS", "24"),
    }),
  ),
  "approvals:decide": table("approvals", "GetItem", "PutItem"),
  "approvals:read": allOf(table("approvals", "GetItem"), {
    statements: [allow(["dynamodb:Query"], [{ "Fn::Sub": `\${ApprovalsTable.Arn}/index/by-status` }])],
  }),
  "usage-counters": table("usageCounters", "GetItem", "UpdateItem"),
  "audit-log": allOf(table("auditLog", "PutItem", "UpdateItem"), auditRetention),
  /** For functions that only read: a refused attempt is a single, complete entry. */
  "audit-log:refusals": allOf(table("auditLog", "PutItem"), auditRetention),
  "audit-log:read": allOf(
    table("auditLog", "Query", "BatchGetItem", "PutItem"),
    auditRetention,
    auditArchive("GetObject"),
  ),
  /** Copies old days to the archive, and keeps the table from expiring before that. */
  "audit-log:archive": allOf(
    table("auditLog", "Query", "UpdateTimeToLive"),
    auditArchive("GetObject", "PutObject"),
  ),
  "api-keys:verify": table("apiKeys", "GetItem", "UpdateItem"),
  tokens: setTo({
    // Tokens are accepted when the first setting is set: see docs/deploy.md.
    JWT_ISSUER: setting("JWT_ISSUER"),
    JWT_AUDIENCE: setting("JWT_AUDIENCE"),
    JWT_ROLES_CLAIM: setting("JWT_ROLES_CLAIM"),
    JWT_CUSTOMER_CLAIM: setting("JWT_CUSTOMER_CLAIM"),
    JWT_JWKS_URL: setting("JWT_JWKS_URL"),
  }),

  /** Finds or creates customers. */
  customers: table("customers", "GetItem", "PutItem", "UpdateItem"),
  /** Finds customers that are recorded. */
  "customers:find": table("customers", "GetItem"),
  /** Creates subscriptions, one at a time for each customer and product. */
  "subscription-claims": table("subscriptionClaims", "GetItem", "PutItem", "UpdateItem", "DeleteItem"),
  /** Accepts usage, and puts it into its queue. */
  "usage:accept": allOf(table("usageRecords", "GetItem", "PutItem", "UpdateItem"), senderTo(["usage"])),
  /** Sends usage on to Stripe. */
  "usage:send": table("usageRecords", "GetItem", "UpdateItem"),
  /** Reports and cancels duplicates. */
  "subscription-duplicates": allOf(
    table("subscriptionClaims", "GetItem", "PutItem", "UpdateItem"),
    setTo({ DUPLICATE_SUBSCRIPTIONS: setting("DUPLICATE_SUBSCRIPTIONS", "report") }),
  ),
  /** Reads what is recorded of a customer, also by the application's user id. */
  "customer-state": allOf(
    table("customers", "GetItem"),
    setTo({
      [tableVariable("stripeObjects")]: { Ref: tableId("stripeObjects") },
    }),
    accessGrace,
    {
      statements: [
        allow(["dynamodb:Query"], [{ "Fn::Sub": `\${StripeObjectsTable.Arn}/index/by-customer` }]),
      ],
    },
  ),
  /** Follows changes of customers at Stripe. */
  "customers:follow": table("customers", "GetItem", "PutItem", "DeleteItem"),

  inbox: table("stripeEvents", "GetItem", "PutItem", "UpdateItem"),
  "inbox:ignore": table("stripeEvents", "PutItem"),
  "inbox:repair": table("stripeEvents", "BatchGetItem", "PutItem"),
  "stripe-objects": table("stripeObjects", "GetItem", "PutItem"),
  "stripe-objects:compare": table("stripeObjects", "Scan", "GetItem", "BatchGetItem"),
  /** Finds cards that are about to expire, and what is paid with them. */
  "expiring-cards": allOf(
    table("stripeObjects", "GetItem", "BatchGetItem", "PutItem"),
    setTo({ CARD_EXPIRY_DAYS: setting("CARD_EXPIRY_DAYS", "30") }),
    {
      statements: [
        allow(
          ["dynamodb:Query"],
          [
            { "Fn::Sub": `\${StripeObjectsTable.Arn}/index/by-customer` },
            { "Fn::Sub": `\${StripeObjectsTable.Arn}/index/by-expiry` },
          ],
        ),
      ],
    },
  ),
  /** Records which step waits for which object, and reads what is recorded of it. */
  "event-waits:begin": allOf(table("eventWaits", "PutItem", "DeleteItem"), table("stripeObjects", "GetItem")),
  "event-waits:end": table("eventWaits", "Query", "DeleteItem"),
  "repair-progress": table("repairProgress", "GetItem", "UpdateItem"),
  "event-queues": senderTo(EVENT_QUEUES),
  "event-queues:routed": senderTo(EVENT_QUEUES.filter((queue) => queue !== "unrouted")),
  notifications: allOf(accessGrace, notificationsTopic),
  /** Publishes notifications that are not about the access of a subscription. */
  "notifications:publish": notificationsTopic,

  /** Adds a delivery of a notification for each endpoint, and queues it. */
  "endpoints:fan-out": allOf(
    table("endpoints", "Scan"),
    table("notificationDeliveries", "PutItem", "Query"),
    senderTo(["delivery"]),
  ),
  /** Sends notifications to endpoints, and notes what became of them. */
  "endpoints:deliver": allOf(
    table("endpoints", "GetItem", "UpdateItem"),
    table("notificationDeliveries", "BatchGetItem", "UpdateItem"),
  ),
  /** Queues parked deliveries again, and notes that the administrator was told of a disabled endpoint. */
  "endpoints:check": allOf(
    table("endpoints", "Scan", "UpdateItem"),
    table("notificationDeliveries", "UpdateItem"),
    senderTo(["delivery"]),
    {
      statements: [
        allow(["dynamodb:Query"], [{ "Fn::Sub": `\${NotificationDeliveriesTable.Arn}/index/by-parked` }]),
      ],
    },
  ),

  mail: allOf(
    publicUrl,
    business,
    brand,
    payersDefaults,
    setTo({ EMAIL_FROM: SENDER, MAIL_CONFIGURATION_SET: CONFIGURATION_SET }),
    {
      statements: [
        {
          // SES checks the sender's identity, and also the recipient's if the account has verified it. In the sandbox, every
          // recipient is verified.
          ...allow(
            ["ses:SendEmail"],
            [arnHere("ses", "identity/*"), arnHere("ses", `configuration-set/${CONFIGURATION_SET}`)],
          ),
          Condition: { StringEquals: { "ses:FromAddress": SENDER } },
        },
      ],
    },
  ),
  /** Mails payers about events, each mail once. */
  "automatic-mails": allOf(
    table("sentMails", "GetItem", "PutItem"),
    setTo({ AUTOMATIC_MAILS: setting("AUTOMATIC_MAILS") }),
  ),
  /** Makes links to the pay page. */
  "pay-link": allOf(publicUrl, returnOrigins),
  /** Makes links from which the payer returns to no other site. */
  "pay-link:final": publicUrl,
  /** Passes calls on to this API. */
  "own-api": ownApi,
  /** Checks the inputs of capabilities that make such links. */
  "return-origins": returnOrigins,
  administrator: setTo({ ADMIN_EMAIL: setting("ADMIN_EMAIL") }),
  "failed-payments": allOf(
    table("failedPayments", "GetItem", "PutItem"),
    // Minutes after a failure until its payer gets a mail, days on which the payer is reminded, and the attempt after
    // which the administrator gets a mail.
    setTo({
      FAILURE_MAIL_MINUTES: setting("FAILURE_MAIL_MINUTES", "10"),
      FOLLOW_UP_DAYS: setting("FOLLOW_UP_DAYS", "1,3,5"),
      ADMIN_ATTEMPTS: setting("ADMIN_ATTEMPTS", "3"),
    }),
  ),
  /** Records what became of a mail, and claims the administrator's. */
  "failed-payments:mails": table("failedPayments", "GetItem", "PutItem"),
  "failed-payments:due": {
    statements: [
      allow(["dynamodb:Query"], [{ "Fn::Sub": `\${FailedPaymentsTable.Arn}/index/by-follow-up` }]),
    ],
  },
  "pay-page": allOf(
    business,
    payersDefaults,
    setTo({ STRIPE_PUBLISHABLE_KEY: setting("STRIPE_PUBLISHABLE_KEY") }),
  ),

  "workflow-runs:start": allOf(STATE_MACHINES, table("workflowRuns", "GetItem", "PutItem"), {
    statements: [
      onEachWorkflow(["states:StartExecution"], (machine) => `stateMachine:${machine}`),
      // To compare the input of a run that the same idempotency key started. The executions' names are not known in
      // advance.
      onEachWorkflow(["states:DescribeExecution"], (machine) => `execution:${machine}:*`),
    ],
  }),
  "workflow-runs:read": allOf(STATE_MACHINES, table("workflowRuns", "GetItem", "PutItem"), {
    statements: [
      onEachWorkflow(
        ["states:DescribeExecution", "states:GetExecutionHistory"],
        (machine) => `execution:${machine}:*`,
      ),
    ],
  }),
  "workflow-runs:end-waits": {
    statements: [
      // Step Functions checks the right to send a token back against the state machine that waits with it.
      onEachWorkflow(
        ["states:SendTaskSuccess", "states:SendTaskFailure"],
        (machine) => `stateMachine:${machine}`,
      ),
    ],
  },
  "workflow-runs:cancel": allOf(STATE_MACHINES, table("workflowRuns", "GetItem", "PutItem"), {
    statements: [
      onEachWorkflow(
        ["states:DescribeExecution", "states:StopExecution"],
        (machine) => `execution:${machine}:*`,
      ),
    ],
  }),
  "workflow-runs:retry": allOf(
    STATE_MACHINES,
    table("workflowRuns", "GetItem", "PutItem"),
    setTo({ IDEMPOTENCY_TTL_HOURS: setting("IDEMPOTENCY_TTL_HOURS", "24") }),
    {
      statements: [
        onEachWorkflow(["states:StartExecution"], (machine) => `stateMachine:${machine}`),
        onEachWorkflow(
          ["states:DescribeExecution", "states:GetExecutionHistory"],
          (machine) => `execution:${machine}:*`,
        ),
      ],
    },
  ),
  "workflow-runs:list": {
    environment: { [tableVariable("workflowRuns")]: { Ref: tableId("workflowRuns") } },
    statements: [
      allow(
        ["dynamodb:Query"],
        ["by-workflow", "by-owner"].map((index) => ({
          "Fn::Sub": `\${WorkflowRunsTable.Arn}/index/${index}`,
        })),
      ),
    ],
  },
  /** Follows the executions that Step Functions reports. */
  "workflow-runs:record": allOf(STATE_MACHINES, table("workflowRuns", "GetItem", "PutItem"), {
    statements: [onEachWorkflow(["states:DescribeExecution"], (machine) => `execution:${machine}:*`)],
  }),
} as const satisfies Record<string, Grant>;

export type GrantName = keyof typeof GRANTS;

export const GRANT_NAMES: readonly string[] = Object.keys(GRANTS);

/** The grant of that name. */
export const grantNamed = (name: GrantName): Grant => GRANTS[name];

export const isGrantName = (name: string): name is GrantName => Object.hasOwn(GRANTS, name);

/** A function's environment, with the names of its secrets, and its role's statements, from these grants. */
export function granted(names: readonly GrantName[]): {
  readonly environment: Readonly<Record<string, unknown>>;
  readonly statements: readonly Statement[];
} {
  const { environment, secrets = [], statements = [] } = allOf(...names.map((name): Grant => GRANTS[name]));
  const read = [...new Set(secrets)].sort();
  if (read.length === 0) return { environment: { ...environment }, statements };
  const parameters = read.map((name) => arnHere("ssm", `parameter\${self:custom.secretsPath}/${name}`));
  return {
    environment: {
      ...environment,
      SECRETS_PATH: `\${self:custom.secretsPath}`,
      SECRETS: read.join(" "),
    },
    statements: [...statements, allow(["ssm:GetParameters"], parameters)],
  };
}
