/**
 * How SES's reports about this stage's mails reach their consumer: configuration set -> topic -> queue `mail`. Only SES may
 * publish to the topic, for this configuration set, and only the topic may send to the queue.
 */
import { arnHere, arnOf, type CloudFormationResource } from "./cloudformation.ts";
import { deadLetterQueueId, queueId } from "./event-queues.ts";
import { CONFIGURATION_SET, SERVICE, STAGE } from "./grants.ts";

const QUEUE = queueId("mail");
const DEAD_LETTERS = deadLetterQueueId("mail");

/** CloudFormation's resources, in addition to the queue's own. */
export const mailEvents: Readonly<Record<string, CloudFormationResource>> = {
  // Not encrypted at rest: SES may not use alias/aws/sns, and a topic keeps no message. The queues are encrypted.
  MailEventsTopic: {
    Type: "AWS::SNS::Topic",
    Properties: { TopicName: `${SERVICE}-${STAGE}-mail-events` },
  },
  MailEventsTopicPolicy: {
    Type: "AWS::SNS::TopicPolicy",
    Properties: {
      Topics: [{ Ref: "MailEventsTopic" }],
      PolicyDocument: {
        Version: "2012-10-17",
        Statement: [
          {
            Effect: "Allow",
            Principal: { Service: "ses.amazonaws.com" },
            Action: "sns:Publish",
            Resource: { Ref: "MailEventsTopic" },
            Condition: {
              StringEquals: {
                "AWS:SourceAccount": { Ref: "AWS::AccountId" },
                "AWS:SourceArn": arnHere("ses", `configuration-set/${CONFIGURATION_SET}`),
              },
            },
          },
        ],
      },
    },
  },
  MailEventsQueuePolicy: {
    Type: "AWS::SQS::QueuePolicy",
    Properties: {
      Queues: [QUEUE, DEAD_LETTERS].map((Ref) => ({ Ref })),
      PolicyDocument: {
        Version: "2012-10-17",
        Statement: [QUEUE, DEAD_LETTERS].map((queue) => ({
          Effect: "Allow",
          Principal: { Service: "sns.amazonaws.com" },
          Action: "sqs:SendMessage",
          Resource: arnOf(queue),
          Condition: { ArnEquals: { "aws:SourceArn": { Ref: "MailEventsTopic" } } },
        })),
      },
    },
  },
  MailEventsSubscription: {
    Type: "AWS::SNS::Subscription",
    // Before the policy, SNS could not send to the queue.
    DependsOn: ["MailEventsQueuePolicy"],
    Properties: {
      TopicArn: { Ref: "MailEventsTopic" },
      Protocol: "sqs",
      Endpoint: arnOf(QUEUE),
      RawMessageDelivery: true,
      // For what SNS cannot deliver to the queue, after trying for 23 days.
      RedrivePolicy: { deadLetterTargetArn: arnOf(DEAD_LETTERS) },
    },
  },
  MailEvents: {
    Type: "AWS::SES::ConfigurationSetEventDestination",
    // SES publishes a message when the destination is created, and refuses a topic to which it may not.
    DependsOn: ["MailEventsTopicPolicy", "MailEventsSubscription"],
    Properties: {
      ConfigurationSetName: { Ref: "MailConfigurationSet" },
      EventDestination: {
        Name: "mail-events",
        Enabled: true,
        MatchingEventTypes: ["bounce", "complaint", "reject", "renderingFailure", "deliveryDelay"],
        SnsDestination: { TopicARN: { Ref: "MailEventsTopic" } },
      },
    },
  },
};
