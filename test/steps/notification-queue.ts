/** Subscribes the queue `notification` to the topic of the notifications, as resources/notifications.yml does. */
import { SNSClient, SubscribeCommand } from "@aws-sdk/client-sns";
import { LOCAL_CREDENTIALS } from "../../local/local-credentials.ts";

/** `endpoint`: that of SNS, which has the topic and the queues of given.ts. */
export async function subscribeToNotifications(endpoint: string): Promise<void> {
  const sns = new SNSClient({ endpoint, region: "us-east-1", credentials: LOCAL_CREDENTIALS });
  await sns.send(
    new SubscribeCommand({
      TopicArn: String(process.env.NOTIFICATIONS_TOPIC_ARN),
      Protocol: "sqs",
      Endpoint: "arn:aws:sqs:us-east-1:000000000000:notification",
      Attributes: { RawMessageDelivery: "true" },
    }),
  );
  sns.destroy();
}
