/** An alarm of the stack. Every alarm notifies the topic of resources/alarm-topic.ts. */
import type { CloudFormationResource } from "./cloudformation.ts";

const NOTIFY = [{ Ref: "AlarmTopic" }];

/**
 * An alarm with these properties of AWS::CloudWatch::Alarm. An alarm for which missing data is `missing` also notifies when
 * its metric stops, but not before the metric has begun: a new alarm has insufficient data, and only a change of state
 * has an action.
 */
export function alarm(properties: Readonly<Record<string, unknown>>): CloudFormationResource {
  const all = {
    Statistic: "Sum",
    EvaluationPeriods: 1,
    Threshold: 0,
    ComparisonOperator: "GreaterThanThreshold",
    TreatMissingData: "notBreaching",
    ...properties,
  };
  return {
    Type: "AWS::CloudWatch::Alarm",
    Properties: {
      ...all,
      AlarmActions: NOTIFY,
      OKActions: NOTIFY,
      ...(all.TreatMissingData === "missing" ? { InsufficientDataActions: NOTIFY } : {}),
    },
  };
}
