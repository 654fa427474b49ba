/** Calls each of the AWS services once, to show a test where the calls go. */
import { DynamoDBClient, GetItemCommand } from "@aws-sdk/client-dynamodb";
import { SESClient, SendEmailCommand } from "@aws-sdk/client-ses";
import { SFNClient, StartExecutionCommand } from "@aws-sdk/client-sfn";
import { PublishCommand, SNSClient } from "@aws-sdk/client-sns";
import { SendMessageCommand, SQSClient } from "@aws-sdk/client-sqs";

const { TABLE, QUEUE_URL, TOPIC_ARN, STATE_MACHINE_ARN, EMAIL_FROM, ADMIN_EMAIL, PUBLIC_URL } = process.env;

export const handler = async (event: { readonly body: string }) => {
  const { id } = JSON.parse(event.body);
  const stored = await new DynamoDBClient({}).send(
    new GetItemCommand({ TableName: TABLE, Key: { id: { S: id } } }),
  );
  await new SQSClient({}).send(new SendMessageCommand({ QueueUrl: QUEUE_URL, MessageBody: id }));
  await new SNSClient({}).send(new PublishCommand({ TopicArn: TOPIC_ARN, Message: id }));
  await new SESClient({}).send(
    new SendEmailCommand({
      Source: EMAIL_FROM,
      Destination: { ToAddresses: [ADMIN_EMAIL ?? ""] },
      Message: { Subject: { Data: id }, Body: { Text: { Data: id } } },
    }),
  );
  const { executionArn } = await new SFNClient({}).send(
    new StartExecutionCommand({ stateMachineArn: STATE_MACHINE_ARN, input: JSON.stringify({ name: id }) }),
  );
  return {
    statusCode: 200,
    body: JSON.stringify({ known: stored.Item !== undefined, executionArn, publicUrl: PUBLIC_URL }),
  };
};
