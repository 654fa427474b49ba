/**
 * The queues of Stripe's events: one per topic of lib/events/topics.ts, each with a dead-letter queue and its alarms.
 */
import { TOPICS, type Topic } from "../lib/events/topics.ts";

/** What Lambda may take for a batch, in seconds: `timeout` of the consumers. */
const CONSUMER_TIMEOUT = 20;
/** SQS keeps a message for this long at most, in seconds: 14 days. */
const RETENTION = 1_209_600;
const MAX_RECEIVES = 5;
/** An event that waits for longer, in seconds, is late enough for somebody to look. */
const ALARMING_AGE = 900;

type Resource = { readonly Type: string; readonly Properties: Readonly<Record<string, unknown>> };

/** CloudFormation's resources. */
export const eventQueues = {
  Resources: Object.fromEntries(TOPICS.flatMap((topic) => Object.entries(resourcesOf(topic)))),
};

/** For the roles of those who may send to every queue. */
export const eventQueueArns = TOPICS.map(arnOf);

/** For the roles of those who send only events that have a consumer. */
export const routedEventQueueArns = TOPICS.filter((topic) => topic !== "unrouted").map(arnOf);

function arnOf(topic: Topic) {
  return { "Fn::GetAtt": [queueId(topic), "Arn"] };
}

/** `payment-intent` -> `PaymentIntentEventsQueue` */
function queueId(topic: Topic): string {
  return `${pascalCase(topic)}EventsQueue`;
}

function resourcesOf(topic: Topic): Record<string, Resource> {
  const id = queueId(topic);
  const name = `\${self:service}-\${sls:stage}-${topic}-events`;
  const deadLetterId = `${pascalCase(topic)}EventsDeadLetterQueue`;
  return {
    [id]: queue(name, {
      // Six times the consumer's timeout, as AWS advises for Lambda event sources.
      VisibilityTimeout: 6 * CONSUMER_TIMEOUT,
      RedrivePolicy: {
        deadLetterTargetArn: { "Fn::GetAtt": [deadLetterId, "Arn"] },
        maxReceiveCount: MAX_RECEIVES,
      },
    }),
    [deadLetterId]: queue(`${name}-dead-letter`, {}),
    [`${pascalCase(topic)}EventsDeadLetterAlarm`]: alarm(deadLetterId, {
      AlarmDescription:
        "A Stripe event could not be applied five times over and waits in the dead-letter queue.",
      MetricName: "ApproximateNumberOfMessagesVisible",
      Threshold: 0,
    }),
    [`${pascalCase(topic)}EventsAgeAlarm`]: alarm(id, {
      AlarmDescription: `A Stripe event has waited for over ${ALARMING_AGE / 60} minutes to be applied.`,
      MetricName: "ApproximateAgeOfOldestMessage",
      Threshold: ALARMING_AGE,
    }),
  };
}

function queue(QueueName: string, properties: Record<string, unknown>): Resource {
  return {
    Type: "AWS::SQS::Queue",
    Properties: { QueueName, MessageRetentionPeriod: RETENTION, SqsManagedSseEnabled: true, ...properties },
  };
}

function alarm(ofQueue: string, properties: Record<string, unknown>): Resource {
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

function pascalCase(topic: Topic): string {
  return topic.replaceAll(/(?:^|-)(\w)/g, (_, letter: string) => letter.toUpperCase());
}
