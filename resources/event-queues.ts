/**
 * The queues with a consumer: one for each name in lib/events/event-queues.ts, each with a dead-letter queue and alarms.
 */

import { CONSUMED_QUEUES, type ConsumedQueue } from "../lib/events/event-queues.ts";
import { MOST_DELIVERIES } from "../lib/events/redelivery.ts";
import { alarm } from "./alarm.ts";
import { arnOf, type CloudFormationResource, type Statement } from "./cloudformation.ts";

/** How long a consumer can take for a batch, in seconds. */
export const CONSUMER_TIMEOUT_SECONDS = 20;
/** The longest time that SQS keeps a message, in seconds: 14 days. */
const RETENTION = 1_209_600;
/** An event that waits for longer than this, in seconds, raises an alarm. */
const ALARMING_AGE = 900;

/** What the messages of a queue are, if they are not only events. */
const WHAT: Readonly<Partial<Record<ConsumedQueue, string>>> = {
  mail: "A report of SES about a mail",
  notification: "A notification for endpoints",
  delivery: "A delivery of a notification to an endpoint",
  usage: "Usage of a customer, or a report of Stripe about it,",
};

/** CloudFormation's resources. */
export const eventQueues = {
  Resources: Object.fromEntries(CONSUMED_QUEUES.flatMap((queue) => Object.entries(resourcesOf(queue)))),
};

/** `payment-intent` -> `PaymentIntentEventsQueue` */
export function queueId(queue: ConsumedQueue): string {
  return `${pascalCase(queue)}EventsQueue`;
}

/** `payment-intent` -> `PaymentIntentEventsDeadLetterQueue` */
export function deadLetterQueueId(queue: ConsumedQueue): string {
  return `${pascalCase(queue)}EventsDeadLetterQueue`;
}

/** What the consumer of the queue can do with messages that fail: hide them for longer, or set them aside. */
export function consumerRights(queue: ConsumedQueue): Statement[] {
  return [
    { Effect: "Allow", Action: ["sqs:ChangeMessageVisibility"], Resource: [arnOf(queueId(queue))] },
    { Effect: "Allow", Action: ["sqs:SendMessage"], Resource: [arnOf(deadLetterQueueId(queue))] },
  ];
}

function resourcesOf(queue: ConsumedQueue): Record<string, CloudFormationResource> {
  const id = queueId(queue);
  const name = `\${self:service}-\${sls:stage}-${queue}-events`;
  const deadLetterId = deadLetterQueueId(queue);
  const what = WHAT[queue] ?? "A Stripe event";
  return {
    [id]: sqsQueue(name, {
      // Six times the consumer's timeout, as AWS advises for Lambda event sources. After an outage, the consumer chooses
      // another time: lib/events/redelivery.ts.
      VisibilityTimeout: 6 * CONSUMER_TIMEOUT_SECONDS,
      RedrivePolicy: {
        deadLetterTargetArn: arnOf(deadLetterId),
        maxReceiveCount: MOST_DELIVERIES,
      },
    }),
    [deadLetterId]: sqsQueue(`${name}-dead-letter`, {}),
    [`${pascalCase(queue)}EventsDeadLetterAlarm`]: queueAlarm(deadLetterId, {
      AlarmDescription: `${what} could not be applied and is in the dead-letter queue.`,
      MetricName: "ApproximateNumberOfMessagesVisible",
      Threshold: 0,
    }),
    [`${pascalCase(queue)}EventsAgeAlarm`]: queueAlarm(id, {
      AlarmDescription: `${what} has waited for over ${ALARMING_AGE / 60} minutes to be applied.`,
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

function queueAlarm(ofQueue: string, properties: Record<string, unknown>): CloudFormationResource {
  return alarm({
    Namespace: "AWS/SQS",
    Dimensions: [{ Name: "QueueName", Value: { "Fn::GetAtt": [ofQueue, "QueueName"] } }],
    Statistic: "Maximum",
    Period: 60,
    ...properties,
  });
}

function pascalCase(queue: ConsumedQueue): string {
  return queue.replaceAll(/(?:^|-)(\w)/g, (_, letter: string) => letter.toUpperCase());
}
