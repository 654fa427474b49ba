/**
 * The event queues: one for each name in lib/events/event-queues.ts, each with a dead-letter queue and alarms.
 */

import { EVENT_QUEUES, type EventQueue } from "../lib/events/event-queues.ts";
import type { CloudFormationResource } from "./cloudformation.ts";

/** How long a consumer can take for a batch, in seconds. */
export const CONSUMER_TIMEOUT_SECONDS = 20;
/** The longest time that SQS keeps a message, in seconds: 14 days. */
const RETENTION = 1_209_600;
const MAX_RECEIVES = 5;
/** An event that waits for longer than this, in seconds, raises an alarm. */
const ALARMING_AGE = 900;

/** CloudFormation's resources. */
export const eventQueues = {
  Resources: Object.fromEntries(EVENT_QUEUES.flatMap((queue) => Object.entries(resourcesOf(queue)))),
};

/** `payment-intent` -> `PaymentIntentEventsQueue` */
export function queueId(queue: EventQueue): string {
  return `${pascalCase(queue)}EventsQueue`;
}

function resourcesOf(queue: EventQueue): Record<string, CloudFormationResource> {
  const id = queueId(queue);
  const name = `\${self:service}-\${sls:stage}-${queue}-events`;
  const deadLetterId = `${pascalCase(queue)}EventsDeadLetterQueue`;
  return {
    [id]: sqsQueue(name, {
      // Six times the consumer's timeout, as AWS advises for Lambda event sources.
      VisibilityTimeout: 6 * CONSUMER_TIMEOUT_SECONDS,
      RedrivePolicy: {
        deadLetterTargetArn: { "Fn::GetAtt": [deadLetterId, "Arn"] },
        maxReceiveCount: MAX_RECEIVES,
      },
    }),
    [deadLetterId]: sqsQueue(`${name}-dead-letter`, {}),
    [`${pascalCase(queue)}EventsDeadLetterAlarm`]: alarm(deadLetterId, {
      AlarmDescription: "A Stripe event could not be applied in five tries and is in the dead-letter queue.",
      MetricName: "ApproximateNumberOfMessagesVisible",
      Threshold: 0,
    }),
    [`${pascalCase(queue)}EventsAgeAlarm`]: alarm(id, {
      AlarmDescription: `A Stripe event has waited for over ${ALARMING_AGE / 60} minutes to be applied.`,
      MetricName: "ApproximateAgeOfOldestMessage",
      Threshold: ALARMING_AGE,
    }),
  };
}

function sqsQueue(QueueName: string, properties: Record<string, unknown>): CloudFormationResource {
  return {
    Type: "AWS::SQS::Queue",
    Properties: { QueueName, MessageRetentionPeriod: RETENTION, SqsManagedSseEnabled: true, ...properties },
  };
}

function alarm(ofQueue: string, properties: Record<string, unknown>): CloudFormationResource {
  return {
    Type: "AWS::CloudWatch::Alarm",
    Properties: {
      Namespace: "AWS/SQS",
      Dimensions: [{ Name: "QueueName", Value: { "Fn::GetAtt": [ofQueue, "QueueName"] } }],
      Statistic: "Maximum",
      Period: 60,
      EvaluationPeriods: 1,
      ComparisonOperator: "GreaterThanThreshold",
      TreatMissingData: "notBreaching",
      ...properties,
    },
  };
}

function pascalCase(queue: EventQueue): string {
  return queue.replaceAll(/(?:^|-)(\w)/g, (_, letter: string) => letter.toUpperCase());
}
