import { describe, expect, it } from "@jest/globals";
import { CONSUMED_QUEUES } from "../../lib/events/event-queues.ts";
import { METRIC_NAMES, METRICS_NAMESPACE } from "../../lib/metrics.ts";
import { fieldsOf, listOf } from "../../lib/untrusted.ts";
import { receiverMistakes } from "../../resources/alarm-receivers.ts";
import { alarmTopic } from "../../resources/alarm-topic.ts";
import { alarms, silence } from "../../resources/alarms.ts";
import { functionId } from "../../resources/cloudformation.ts";
import { eventQueues } from "../../resources/event-queues.ts";
import { functionDefinitions } from "../../resources/functions.ts";
import { workflowIds } from "../../resources/grants.ts";
import { TABLES, tableId } from "../../resources/tables.ts";
import { contracts } from "../steps/shipped-project.ts";

const DEFINITIONS = functionDefinitions(contracts);
const ALL = Object.entries({ ...alarms(DEFINITIONS).Resources, ...eventQueues.Resources }).filter(
  ([, { Type }]) => Type === "AWS::CloudWatch::Alarm",
);
const TOPIC = [{ Ref: "AlarmTopic" }];

/** The properties of the alarms on that metric. */
const on = (namespace: string, metric: string) =>
  ALL.map(([, { Properties }]) => Properties).filter(
    ({ Namespace, MetricName }) => Namespace === namespace && MetricName === metric,
  );
/** The values of the dimension, in the alarms on that metric. */
const watched = (namespace: string, metric: string, dimension: string) =>
  on(namespace, metric).flatMap(({ Dimensions }) =>
    listOf(Dimensions)
      .map(fieldsOf)
      .flatMap(({ Name, Value }) => (Name === dimension ? [Value] : [])),
  );

describe("given every alarm of the stack", () => {
  it.each(ALL)("%s notifies the topic, when it is raised and when it is over", (_, { Properties }) => {
    expect(Properties).toMatchObject({ AlarmActions: TOPIC, OKActions: TOPIC });
    expect(Properties.AlarmDescription).toMatch(/^[A-Z].*[.?]$/);
    const isOfAccount = String(Properties.MetricName).startsWith("Reputation.");
    expect(Properties.Dimensions === undefined).toBe(isOfAccount);
  });

  it.each(ALL.filter(([, { Properties }]) => Properties.TreatMissingData !== "notBreaching"))(
    "%s is quiet until its metric begins",
    (_, { Properties }) => {
      // "breaching" would raise it at the first deployment.
      expect(["missing", "ignore"]).toContain(Properties.TreatMissingData);
      if (Properties.TreatMissingData === "missing")
        expect(Properties.InsufficientDataActions).toEqual(TOPIC);
    },
  );

  it("those on metrics of our own name metrics that the functions log", () => {
    const ours = ALL.filter(([, { Properties }]) => Properties.Namespace === METRICS_NAMESPACE);
    expect(ours.length).toBeGreaterThan(4);
    for (const [, { Properties }] of ours) expect(METRIC_NAMES).toContain(Properties.MetricName);
  });

  it("those on metrics of our own watch the whole stage, whose metrics are reported with any setting of METRICS", () => {
    const ours = ALL.filter(([, { Properties }]) => Properties.Namespace === METRICS_NAMESPACE);
    for (const [, { Properties }] of ours)
      expect(listOf(Properties.Dimensions).map((one) => fieldsOf(one).Name)).toEqual(["stage"]);
  });
});

describe("given what is declared", () => {
  it("the errors and throttles of every function have an alarm", () => {
    const functions = DEFINITIONS.map(({ name }) => ({ Ref: functionId(name) }));
    expect(watched("AWS/Lambda", "Errors", "FunctionName")).toEqual(functions);
    expect(watched("AWS/Lambda", "Throttles", "FunctionName")).toEqual(functions);
    for (const { Threshold, Period } of on("AWS/Lambda", "Errors"))
      expect({ Threshold, Period }).toEqual({ Threshold: 0, Period: 300 });
  });

  it("every scheduled function, the drift check and the reconciler among them, has an alarm for its silence", () => {
    const scheduled = DEFINITIONS.filter(({ configuration }) =>
      configuration.events.some((event) => "schedule" in event),
    );
    expect(scheduled.map(({ name }) => name)).toEqual(
      expect.arrayContaining(["check-drift", "follow-up-failed-payments", "reconcile-events"]),
    );
    expect(watched("AWS/Lambda", "Invocations", "FunctionName")).toEqual(
      scheduled.map(({ name }) => ({ Ref: functionId(name) })),
    );
    for (const alarm of on("AWS/Lambda", "Invocations"))
      expect(alarm).toMatchObject({ TreatMissingData: "missing", InsufficientDataActions: TOPIC });
  });

  it("three intervals of a schedule are silence, and a day at most", () => {
    expect(
      ["rate(1 minute)", "rate(15 minutes)", "rate(1 hour)", "rate(2 days)", "cron(0 8 * * ? *)"].map(
        silence,
      ),
    ).toEqual([180, 2700, 10_800, 86_400, 86_400]);
  });

  it("throttled reads and writes of every table have an alarm", () => {
    const tables = TABLES.map((table) => ({ Ref: tableId(table) }));
    expect(watched("AWS/DynamoDB", "ReadThrottleEvents", "TableName")).toEqual(tables);
    expect(watched("AWS/DynamoDB", "WriteThrottleEvents", "TableName")).toEqual(tables);
  });

  it("failed and timed out runs of every workflow have an alarm", () => {
    for (const metric of ["ExecutionsFailed", "ExecutionsTimedOut"])
      expect(watched("AWS/States", metric, "StateMachineArn")).toHaveLength(workflowIds().length);
  });

  it("every queue has one for its age, and one for its dead letters", () => {
    expect(on("AWS/SQS", "ApproximateAgeOfOldestMessage")).toHaveLength(CONSUMED_QUEUES.length);
    expect(on("AWS/SQS", "ApproximateNumberOfMessagesVisible")).toHaveLength(CONSUMED_QUEUES.length);
  });

  it("5xx of the API and of the webhook, failing deliveries, bounces and complaints have one", () => {
    expect(watched("AWS/ApiGateway", "5xx", "ApiId")).toHaveLength(2);
    expect(watched("AWS/ApiGateway", "5xx", "Resource")).toEqual(["/api/webhooks/stripe"]);
    expect(watched("AWS/SNS", "NumberOfNotificationsFailed", "TopicName")).toHaveLength(3);
    expect(on("AWS/SES", "Reputation.BounceRate")).toMatchObject([{ Threshold: 0.05 }]);
    expect(on("AWS/SES", "Reputation.ComplaintRate")).toMatchObject([{ Threshold: 0.001 }]);
  });
});

describe("given the topic of the alarms", () => {
  const { Resources } = alarmTopic({ email: "", slack: "" });

  it("CloudWatch may publish to it, and nobody else by its policy", () => {
    expect(Resources.AlarmTopicPolicy?.Properties).toMatchObject({
      Topics: TOPIC,
      PolicyDocument: {
        Statement: [{ Principal: { Service: "cloudwatch.amazonaws.com" }, Action: "sns:Publish" }],
      },
    });
  });

  it("no key keeps CloudWatch out, as alias/aws/sns would", () => {
    expect(Resources.AlarmTopic?.Properties).not.toHaveProperty("KmsMasterKeyId");
  });

  it("nobody receives its messages by default", () => {
    expect(Object.keys(Resources).sort()).toEqual(["AlarmTopic", "AlarmTopicPolicy"]);
  });

  it("each address of ALARM_EMAIL is subscribed, and the channel of ALARM_SLACK", () => {
    const { Resources: configured } = alarmTopic({
      email: "ops@example.com, night@example.com",
      slack: "T012345/C067890",
    });
    expect(configured).toMatchObject({
      AlarmMail1: { Properties: { Protocol: "email", Endpoint: "ops@example.com", TopicArn: TOPIC[0] } },
      AlarmMail2: { Properties: { Protocol: "email", Endpoint: "night@example.com" } },
      AlarmSlackChannel: {
        Properties: { SlackWorkspaceId: "T012345", SlackChannelId: "C067890", SnsTopicArns: TOPIC },
      },
    });
  });

  it.each(["ops", "ops@example.com;night@example.com", "@example.com"])("%s is no ALARM_EMAIL", (email) => {
    expect(receiverMistakes({ email, slack: "" })[0]).toMatch(/^ALARM_EMAIL must be /);
    expect(() => alarmTopic({ email, slack: "" })).toThrow("ALARM_EMAIL");
  });

  it.each(["#ops", "T1", "T1/ops"])("%s is no ALARM_SLACK", (slack) => {
    expect(receiverMistakes({ email: "", slack })).toEqual([expect.stringMatching(/^ALARM_SLACK must be /)]);
  });
});
