/**
 * Every alarm but those of the queues (event-queues.ts). Alarms on the metrics that the functions log are in alarms.yml. The
 * others follow from what is declared: functions with their routes and schedules, tables, workflows.
 */
import { readFileSync } from "node:fs";
import { parse } from "yaml";
import { fieldsOf } from "../lib/untrusted.ts";
import { alarm } from "./alarm.ts";
import { arnHere, type CloudFormationResource, functionId } from "./cloudformation.ts";
import type { FunctionDefinition } from "./functions.ts";
import { CONFIGURATION_SET, machineName, workflowIds } from "./grants.ts";
import { TABLES, type Table, tableId } from "./tables.ts";
import { MEASURED_ROUTE } from "./throttles.ts";

const FIVE_MINUTES = 300;
const HOUR = 3600;
const DAY = 24 * HOUR;

type Resources = Readonly<Record<string, CloudFormationResource>>;

/** CloudFormation's resources. */
export function alarms(definitions: readonly FunctionDefinition[]): { readonly Resources: Resources } {
  return {
    Resources: {
      ...ofOwnMetrics(),
      ...merged(definitions.map(ofFunction)),
      ...merged(TABLES.map(ofTable)),
      ...merged(workflowIds().map(ofWorkflow)),
      ...OF_API,
      ...OF_NOTIFICATIONS,
      ...OF_STAGE_MAIL,
      ...OF_MAIL,
    },
  };
}

const merged = (parts: readonly Resources[]): Resources => Object.assign({}, ...parts);

function ofOwnMetrics(): Resources {
  const declared = fieldsOf(fieldsOf(parse(readFileSync("resources/alarms.yml", "utf8"))).Resources);
  return Object.fromEntries(
    Object.entries(declared).map(([id, resource]) => [id, alarm(fieldsOf(fieldsOf(resource).Properties))]),
  );
}

function ofFunction({ name, configuration }: FunctionDefinition): Resources {
  const id = pascalCase(name);
  const metric = (MetricName: string) => ({
    Namespace: "AWS/Lambda",
    MetricName,
    Dimensions: [{ Name: "FunctionName", Value: { Ref: functionId(name) } }],
    Period: FIVE_MINUTES,
  });
  const rates = configuration.events.flatMap((event) =>
    "schedule" in event ? [String(fieldsOf(event.schedule).rate)] : [],
  );
  return {
    [`${id}ErrorsAlarm`]: alarm({
      AlarmDescription: `The function ${name} crashed, timed out or failed its run. Look at the last lines of its log.`,
      ...metric("Errors"),
    }),
    [`${id}ThrottlesAlarm`]: alarm({
      AlarmDescription: `Lambda refused to run ${name}: the account's concurrent executions are used up. Ask AWS for more.`,
      ...metric("Throttles"),
    }),
    ...merged(
      rates.map((rate) => ({
        [`${id}SilentAlarm`]: alarm({
          AlarmDescription: `The schedule (${rate}) does not run ${name} any more. Is its EventBridge rule enabled?`,
          ...metric("Invocations"),
          Period: silence(rate),
          Threshold: 1,
          ComparisonOperator: "LessThanThreshold",
          TreatMissingData: "missing",
        }),
      })),
    ),
  };
}

/** How long a scheduled function can be silent, in seconds: three of its intervals, and at most a day. */
export function silence(rate: string): number {
  const [, count, unit = "day"] = /^rate\((\d+) (minute|hour|day)s?\)$/.exec(rate) ?? [];
  const interval =
    Number(count ?? 1) * { minute: 60, hour: HOUR, day: DAY }[unit as "minute" | "hour" | "day"];
  return Math.min(3 * interval, DAY);
}

function ofTable(table: Table): Resources {
  const id = tableId(table);
  return Object.fromEntries(
    ["Read", "Write"].map((kind) => [
      `${id}${kind}ThrottlesAlarm`,
      alarm({
        AlarmDescription: `DynamoDB throttles ${kind.toLowerCase()}s of ${table}: one item is too busy, or the table reached the account's limit.`,
        Namespace: "AWS/DynamoDB",
        MetricName: `${kind}ThrottleEvents`,
        Dimensions: [{ Name: "TableName", Value: { Ref: id } }],
        Period: FIVE_MINUTES,
      }),
    ]),
  );
}

function ofWorkflow(workflowId: string): Resources {
  return Object.fromEntries(
    // Not those that were cancelled: somebody wanted that, and the audit log says who.
    ["Failed", "TimedOut"].map((end) => [
      `${pascalCase(workflowId)}Runs${end}Alarm`,
      alarm({
        AlarmDescription: `A run of ${workflowId} ended as ${end}. The console of Step Functions shows the step.`,
        Namespace: "AWS/States",
        MetricName: `Executions${end}`,
        Dimensions: [
          { Name: "StateMachineArn", Value: arnHere("states", `stateMachine:${machineName(workflowId)}`) },
        ],
        Period: FIVE_MINUTES,
      }),
    ]),
  );
}

const apiMetric = {
  Namespace: "AWS/ApiGateway",
  MetricName: "5xx",
  Period: FIVE_MINUTES,
};

const OF_API: Resources = {
  ApiErrorsAlarm: alarm({
    AlarmDescription: "The API responds with 5xx. Find the log lines with the level error.",
    ...apiMetric,
    Dimensions: [{ Name: "ApiId", Value: { Ref: "HttpApi" } }],
    // One response of Stripe or of AWS that is late is normal: the caller sends the request again.
    Threshold: 5,
  }),
  // API Gateway reports a route only with the detailed metrics of throttles.ts.
  WebhookErrorsAlarm: alarm({
    AlarmDescription:
      "Stripe's webhook gets 5xx: its events wait at Stripe. Find the log lines webhook.received.",
    ...apiMetric,
    Dimensions: [
      { Name: "ApiId", Value: { Ref: "HttpApi" } },
      { Name: "Stage", Value: "$default" },
      { Name: "Method", Value: MEASURED_ROUTE.split(" ")[0] },
      { Name: "Resource", Value: MEASURED_ROUTE.split(" ")[1] },
    ],
  }),
};

const OF_NOTIFICATIONS: Resources = Object.fromEntries(
  [
    { id: "Notifications", what: "A notification was not delivered to a subscriber of the application." },
    { id: "MailEvents", what: "A report of SES about a mail was not delivered to its queue." },
    { id: "Alarm", what: "An alarm was not delivered to a receiver. Has it confirmed its subscription?" },
  ].map(({ id, what }) => [
    `${id}DeliveriesAlarm`,
    alarm({
      AlarmDescription: what,
      Namespace: "AWS/SNS",
      MetricName: "NumberOfNotificationsFailed",
      Dimensions: [{ Name: "TopicName", Value: { "Fn::GetAtt": [`${id}Topic`, "TopicName"] } }],
      Period: FIVE_MINUTES,
    }),
  ]),
);

/** Of this stage: the name is that of its configuration set, see mail.ts. */
const OF_STAGE_MAIL: Resources = Object.fromEntries(
  [
    { metric: "Bounce", what: "A mail bounced: its payer was not reached." },
    { metric: "Complaint", what: "A recipient reported a mail as spam." },
  ].map(({ metric, what }) => [
    `Mail${metric}Alarm`,
    alarm({
      AlarmDescription: what,
      Namespace: "AWS/SES",
      MetricName: metric,
      Dimensions: [{ Name: "ses:configuration-set", Value: CONFIGURATION_SET }],
      Period: HOUR,
    }),
  ]),
);

/**
 * Of the whole account and region, for SES judges the account: it puts it under review at these rates.
 * Source: https://docs.aws.amazon.com/ses/latest/dg/reputation-dashboard-dg.html
 */
const OF_MAIL: Resources = Object.fromEntries(
  [
    { metric: "BounceRate", of: "bounce", threshold: 0.05 },
    { metric: "ComplaintRate", of: "are reported as spam", threshold: 0.001 },
  ].map(({ metric, of, threshold }) => [
    `Mail${metric}Alarm`,
    alarm({
      AlarmDescription: `Too many of the account's mails ${of} (${threshold * 100} %). SES may soon stop it from sending.`,
      Namespace: "AWS/SES",
      MetricName: `Reputation.${metric}`,
      Statistic: "Average",
      Period: HOUR,
      Threshold: threshold,
      ComparisonOperator: "GreaterThanOrEqualToThreshold",
      TreatMissingData: "ignore",
    }),
  ]),
);

function pascalCase(name: string): string {
  return name.replaceAll(/(?:^|-)(\w)/g, (_, letter: string) => letter.toUpperCase());
}
