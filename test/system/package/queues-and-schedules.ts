/** What invokes functions of the package besides routes. */
import { describe, expect, it } from "@jest/globals";
import { CONSUMED_QUEUES } from "../../../lib/events/event-queues.ts";
import { MOST_DELIVERIES } from "../../../lib/events/redelivery.ts";
import { functionId } from "../../../resources/cloudformation.ts";
import { DEFINITIONS, ofType, type Resource, resources, text } from "./packaged.ts";

/** Whether the alarm watches the queue with this name. */
function watches({ Properties }: Resource, queueName: string): boolean {
  const queueId = /"Fn::GetAtt":\["(\w+)","QueueName"\]/.exec(text(Properties.Dimensions))?.[1];
  return resources[queueId ?? ""]?.Properties.QueueName === queueName;
}

describe("given the package", () => {
  it("every queue has a dead-letter queue with an alarm, and its consumer reports failures one by one", () => {
    const queues = ofType("AWS::SQS::Queue");
    const fed = queues.filter(({ Properties }) => Properties.RedrivePolicy !== undefined);
    expect(fed.map(({ Properties }) => Properties.QueueName).sort()).toEqual(
      CONSUMED_QUEUES.map((queue) => `contractspec-stripe-dev-${queue}-events`).sort(),
    );
    expect(queues).toHaveLength(2 * CONSUMED_QUEUES.length);
    for (const { Properties } of fed)
      expect(Properties.RedrivePolicy).toMatchObject({ maxReceiveCount: MOST_DELIVERIES });
    const queueAlarms = ofType("AWS::CloudWatch::Alarm").filter(
      ({ Properties }) => Properties.Namespace === "AWS/SQS",
    );
    for (const { Properties } of fed) {
      expect(queueAlarms.filter((alarm) => watches(alarm, String(Properties.QueueName)))).toMatchObject([
        { Properties: { MetricName: "ApproximateAgeOfOldestMessage", Threshold: 900 } },
      ]);
      expect(
        queueAlarms.filter((alarm) => watches(alarm, `${String(Properties.QueueName)}-dead-letter`)),
      ).toMatchObject([{ Properties: { MetricName: "ApproximateNumberOfMessagesVisible", Threshold: 0 } }]);
    }
    const sources = ofType("AWS::Lambda::EventSourceMapping");
    expect(sources).toHaveLength(CONSUMED_QUEUES.length);
    for (const { Properties } of sources)
      expect(Properties).toMatchObject({
        FunctionResponseTypes: ["ReportBatchItemFailures"],
        ScalingConfig: { MaximumConcurrency: 2 },
      });
  });

  it("every scheduled function has its schedule", () => {
    const schedules = ofType("AWS::Events::Rule")
      .filter(({ Properties }) => Properties.EventPattern === undefined)
      .map(({ Properties }) => [
        text(Properties.Targets).match(/\w+(?=LambdaFunction)/)?.[0],
        Properties.ScheduleExpression,
      ]);
    expect(schedules).toEqual(
      expect.arrayContaining([
        ["FollowDashupDashfailedDashpayments", "rate(5 minutes)"],
        ["ReconcileDashevents", "rate(15 minutes)"],
        ["CheckDashdrift", "rate(1 hour)"],
      ]),
    );
    const declared = DEFINITIONS.flatMap(({ configuration }) => configuration.events).filter(
      (event) => "schedule" in event,
    );
    expect(schedules).toHaveLength(declared.length);
  });

  it("every change of an execution of the stage's own workflows is reported to the function that records it", () => {
    const reports = ofType("AWS::Events::Rule").filter(
      ({ Properties }) => Properties.EventPattern !== undefined,
    );
    expect(reports.map(({ Properties }) => Properties)).toMatchObject([
      {
        State: "ENABLED",
        EventPattern: {
          source: ["aws.states"],
          "detail-type": ["Step Functions Execution Status Change"],
          detail: {
            stateMachineArn: [
              { prefix: { "Fn::Sub": expect.stringContaining(":stateMachine:contractspec-stripe-dev-") } },
            ],
          },
        },
        Targets: [{ Arn: { "Fn::GetAtt": [functionId("record-workflow-run"), "Arn"] } }],
      },
    ]);
  });
});
