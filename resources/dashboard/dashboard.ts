/**
 * The CloudWatch dashboard of a stage: what a person looks at first when something is wrong. It follows from what is declared:
 * functions, queues, tables and workflows. It shows metrics of AWS and those of the whole stage that our functions log, and few
 * log queries, because CloudWatch charges for each look at one; the others are links. Pure.
 */

import { CONSUMED_QUEUES } from "../../lib/events/event-queues.ts";
import type { PriceTable } from "../../scripts/cost/prices.ts";
import { type CloudFormationResource, functionId } from "../cloudformation.ts";
import { deadLetterQueueId, queueId } from "../event-queues.ts";
import type { FunctionDefinition } from "../functions.ts";
import { CONFIGURATION_SET, SERVICE, STAGE } from "../grants.ts";
import { LOG_QUERIES, type LogQueryName } from "../log-queries.ts";
import { type CountedWorkflow, dailyCost, machineArn } from "./daily-cost.ts";
import { insightsLinks } from "./insights-link.ts";
import {
  alarmStatus,
  awsMetric,
  expression,
  graph,
  type Line,
  logGroupOf,
  logTable,
  named,
  note,
  ownMetric,
  type PlacedWidget,
  placed,
  type Widget,
} from "./widgets.ts";

export interface Declared {
  readonly definitions: readonly FunctionDefinition[];
  readonly workflows: readonly CountedWorkflow[];
  /** The logical ids of the alarms. */
  readonly alarmIds: readonly string[];
  readonly prices: PriceTable;
  readonly region: string;
}

/** CloudFormation's resources. The name has the region, because the dashboards of all regions share one list. */
export function dashboard(declared: Declared): {
  readonly Resources: Readonly<Record<string, CloudFormationResource>>;
} {
  const body = { start: "-PT3H", periodOverride: "auto", widgets: dashboardWidgets(declared) };
  return {
    Resources: {
      Dashboard: {
        Type: "AWS::CloudWatch::Dashboard",
        Properties: {
          DashboardName: { "Fn::Sub": `${SERVICE}-${STAGE}-\${AWS::Region}` },
          DashboardBody: { "Fn::Sub": JSON.stringify(body) },
        },
      },
    },
  };
}

export function dashboardWidgets({
  definitions,
  workflows,
  alarmIds,
  prices,
  region,
}: Declared): PlacedWidget[] {
  return placed([
    [
      note(
        `# ${SERVICE}, ${STAGE}\nWhich customers are affected? \`npm run affected -- --since 1h --stage ${STAGE}\``,
      ),
    ],
    alarmRow(alarmIds),
    ...paymentRows(definitions),
    ...eventRows(definitions),
    ...functionRows(definitions),
    ...apiRows(definitions),
    ...workflowRows(definitions, workflows),
    ...mailRows(definitions),
    [dailyCost(definitions, workflows, prices, region)],
  ]);
}

/** An alarm widget shows at most 100 alarms. */
const MOST_ALARMS = 100;

function alarmRow(alarmIds: readonly string[]): Widget[] {
  const count = Math.max(1, Math.ceil(alarmIds.length / MOST_ALARMS));
  const size = Math.ceil(alarmIds.length / count);
  return Array.from({ length: count }, (_, part) =>
    alarmStatus(
      `Alarms that are raised (${part + 1} of ${count})`,
      alarmIds.slice(part * size, (part + 1) * size),
      Math.floor(24 / count),
    ),
  );
}

/** The log groups of these functions. */
const logsOf = (definitions: readonly FunctionDefinition[]) =>
  definitions.map(({ name }) => logGroupOf(name));
/** Those of the consumers of these queues, or of all queues. */
const consumersOf = (definitions: readonly FunctionDefinition[], ...queues: readonly string[]) =>
  logsOf(
    definitions.filter(
      ({ consumes }) => consumes !== undefined && (queues.length === 0 || queues.includes(consumes)),
    ),
  );

const links = (title: string, groups: readonly string[], ...names: readonly LogQueryName[]): Widget =>
  note(`## ${title}\n${names.map((name) => insightsLinks(name, groups)).join(" · ")}`);

function paymentRows(definitions: readonly FunctionDefinition[]): Widget[][] {
  const groups = consumersOf(definitions, "payment-intent");
  const { title, query } = LOG_QUERIES.payments;
  return [
    [links("Payments", consumersOf(definitions), "declines", "recovery", "payment", "customer")],
    [
      logTable(title, query, groups),
      graph(
        "Failed payments and their recovery",
        [
          ownMetric("PaymentsFailed", { id: "failed", label: "failed" }),
          ownMetric("PaymentsRecovered", { id: "recovered", label: "paid after all" }),
        ],
        { period: 3_600, width: 6 },
      ),
      graph(
        "Paid after all, of those that failed (%)",
        [
          ownMetric("PaymentsFailed", { id: "failed", visible: false }),
          ownMetric("PaymentsRecovered", { id: "recovered", visible: false }),
          expression("100 * RUNNING_SUM(FILL(recovered, 0)) / RUNNING_SUM(FILL(failed, 0))", "recovered"),
        ],
        { period: 3_600, width: 6, view: "singleValue" },
      ),
    ],
  ];
}

function eventRows(definitions: readonly FunctionDefinition[]): Widget[][] {
  const ofQueues = (metric: string, id: (queue: (typeof CONSUMED_QUEUES)[number]) => string) =>
    CONSUMED_QUEUES.map((queue) =>
      awsMetric("AWS/SQS", metric, { QueueName: named(id(queue), "QueueName") }, { label: queue }),
    );
  return [
    [
      links(
        "Events: from the webhook until they are applied",
        consumersOf(definitions),
        "lag",
        "waiting",
        "event",
      ),
    ],
    [
      graph("Oldest event that waits", ofQueues("ApproximateAgeOfOldestMessage", queueId), {
        stat: "Maximum",
        unit: "seconds",
      }),
      graph("Events that wait", ofQueues("ApproximateNumberOfMessagesVisible", queueId), { stat: "Maximum" }),
      graph("Dead letters", ofQueues("ApproximateNumberOfMessagesVisible", deadLetterQueueId), {
        stat: "Maximum",
      }),
    ],
    [
      logTable(LOG_QUERIES.lag.title, LOG_QUERIES.lag.query, consumersOf(definitions, "payment-intent")),
      graph(
        "Refused signatures and messages",
        [
          ownMetric("SignatureRejections", { label: "signatures" }),
          ownMetric("ContextRejections", { label: "calls that nobody signed" }),
          ownMetric("MessageRejections", { label: "messages of others" }),
        ],
        { width: 6 },
      ),
      graph(
        "What was repaired",
        [
          ownMetric("EventsMissing", { label: "events that did not arrive" }),
          ownMetric("DriftFound", { label: "objects that differ from Stripe" }),
          ownMetric("UsageRefused", { label: "usage that is not charged" }),
        ],
        { width: 6, period: 3_600 },
      ),
    ],
  ];
}

function functionRows(definitions: readonly FunctionDefinition[]): Widget[][] {
  const lines = (metric: string) =>
    definitions.map(({ name }) =>
      awsMetric("AWS/Lambda", metric, { FunctionName: named(functionId(name)) }, { label: name }),
    );
  return [
    [links("Functions", logsOf(definitions), "failures", "failuresByCode", "affected", "slow", "cutOff")],
    [
      graph("Failed invocations: crashes and timeouts", lines("Errors"), { stacked: true }),
      graph("Throttled invocations", lines("Throttles"), { stacked: true }),
      graph("Invocations that run at once", lines("ConcurrentExecutions"), {
        stat: "Maximum",
        stacked: true,
      }),
    ],
  ];
}

function apiRows(definitions: readonly FunctionDefinition[]): Widget[][] {
  const api = { ApiId: named("HttpApi") };
  const webhook = { ...api, Stage: "$default", Method: "POST", Resource: "/api/webhooks/stripe" };
  const withRoutes = logsOf(definitions.filter(({ routes }) => routes.length > 0));
  const latency = (stat: string): Line => awsMetric("AWS/ApiGateway", "Latency", api, { stat, label: stat });
  return [
    [links("API", withRoutes, "denials", "signatures")],
    [
      graph("Responses with 4xx and 5xx", [
        awsMetric("AWS/ApiGateway", "5xx", api, { label: "5xx" }),
        awsMetric("AWS/ApiGateway", "5xx", webhook, { label: "5xx of the webhook" }),
        awsMetric("AWS/ApiGateway", "4xx", api, { label: "4xx" }),
      ]),
      graph("Latency", ["p50", "p90", "p99"].map(latency), { unit: "milliseconds" }),
      graph("Requests", [
        awsMetric("AWS/ApiGateway", "Count", api, { label: "all" }),
        awsMetric("AWS/ApiGateway", "Count", webhook, { label: "of the webhook" }),
      ]),
    ],
  ];
}

function workflowRows(
  definitions: readonly FunctionDefinition[],
  workflows: readonly CountedWorkflow[],
): Widget[][] {
  const recorder = logsOf(definitions.filter(({ name }) => name === "record-workflow-run"));
  const lines = (metric: string) =>
    workflows.map(({ workflowId }) =>
      awsMetric("AWS/States", metric, { StateMachineArn: machineArn(workflowId) }, { label: workflowId }),
    );
  return [
    [links("Workflows", recorder, "runs", "run")],
    [
      graph("Runs that began", lines("ExecutionsStarted"), { stacked: true }),
      graph("Runs that failed", [...lines("ExecutionsFailed"), ...lines("ExecutionsTimedOut")], {
        stacked: true,
      }),
      graph("How long runs take", lines("ExecutionTime"), { stat: "p90", unit: "milliseconds" }),
    ],
  ];
}

function mailRows(definitions: readonly FunctionDefinition[]): Widget[][] {
  const ofMails = (metric: string) =>
    awsMetric("AWS/SES", metric, { "ses:configuration-set": CONFIGURATION_SET }, { label: metric });
  return [
    [links("Mails", consumersOf(definitions, "mail"), "mails")],
    [
      graph("Mails that arrived", [ofMails("Delivery")], { period: 3_600 }),
      graph("Mails that did not", ["Bounce", "Complaint", "Reject"].map(ofMails), { period: 3_600 }),
      graph(
        "Bounces and complaints of the whole account (SES stops it at 5 % and 0.1 %)",
        ["BounceRate", "ComplaintRate"].map((rate) =>
          awsMetric("AWS/SES", `Reputation.${rate}`, {}, { label: rate }),
        ),
        { stat: "Average", period: 3_600 },
      ),
    ],
  ];
}
