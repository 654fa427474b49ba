/** The topic that every alarm notifies, and who gets its messages. */
import { type AlarmReceivers, addressesIn, receiverMistakes, slackChannelIn } from "./alarm-receivers.ts";
import { arnHere, type CloudFormationResource } from "./cloudformation.ts";
import { SERVICE, STAGE } from "./grants.ts";

/** CloudFormation's resources. Throws an Error if a receiver is wrong. */
export function alarmTopic(receivers: AlarmReceivers): {
  readonly Resources: Readonly<Record<string, CloudFormationResource>>;
  readonly Outputs: Readonly<Record<string, object>>;
} {
  const [mistake] = receiverMistakes(receivers);
  if (mistake !== undefined) throw new Error(mistake);
  return {
    Resources: {
      ...TOPIC,
      ...Object.fromEntries(
        addressesIn(receivers.email).map((Endpoint, i) => [
          `AlarmMail${i + 1}`,
          {
            Type: "AWS::SNS::Subscription",
            Properties: { TopicArn: { Ref: "AlarmTopic" }, Protocol: "email", Endpoint },
          },
        ]),
      ),
      ...slackChannel(receivers.slack),
    },
    Outputs: {
      AlarmTopicArn: {
        Description: "Every alarm of this stage is published here.",
        Value: { Ref: "AlarmTopic" },
      },
    },
  };
}

const TOPIC: Readonly<Record<string, CloudFormationResource>> = {
  // Not encrypted at rest: CloudWatch may not use alias/aws/sns, and a key of our own would cost money and need a policy with
  // wildcards. An alarm names metrics, queues and functions, and contains no data of payers.
  AlarmTopic: {
    Type: "AWS::SNS::Topic",
    Properties: { TopicName: `${SERVICE}-${STAGE}-alarms` },
  },
  AlarmTopicPolicy: {
    Type: "AWS::SNS::TopicPolicy",
    Properties: {
      Topics: [{ Ref: "AlarmTopic" }],
      PolicyDocument: {
        Version: "2012-10-17",
        Statement: [
          {
            Effect: "Allow",
            Principal: { Service: "cloudwatch.amazonaws.com" },
            Action: "sns:Publish",
            Resource: { Ref: "AlarmTopic" },
            Condition: { ArnLike: { "aws:SourceArn": arnHere("cloudwatch", "alarm:*") } },
          },
        ],
      },
    },
  },
};

/** Amazon Q Developer in chat applications posts the alarms. Its role allows nothing: it only has to exist. */
function slackChannel(slack: string): Record<string, CloudFormationResource> {
  const channel = slackChannelIn(slack);
  if (channel === undefined) return {};
  return {
    AlarmSlackRole: {
      Type: "AWS::IAM::Role",
      Properties: {
        AssumeRolePolicyDocument: {
          Version: "2012-10-17",
          Statement: [
            { Effect: "Allow", Principal: { Service: "chatbot.amazonaws.com" }, Action: "sts:AssumeRole" },
          ],
        },
      },
    },
    AlarmSlackChannel: {
      Type: "AWS::Chatbot::SlackChannelConfiguration",
      Properties: {
        ConfigurationName: `${SERVICE}-${STAGE}-alarms`,
        SlackWorkspaceId: channel.workspaceId,
        SlackChannelId: channel.channelId,
        IamRoleArn: { "Fn::GetAtt": ["AlarmSlackRole", "Arn"] },
        SnsTopicArns: [{ Ref: "AlarmTopic" }],
      },
    },
  };
}
