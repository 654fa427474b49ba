/** The only SNS client. */
import { PublishCommand, SNSClient } from "@aws-sdk/client-sns";
import { LEAN } from "./lean-client.ts";
import { orUnavailable } from "./or-unavailable.ts";
import { LIMITS, limitedTo } from "./timeouts.ts";

let client: SNSClient | undefined;
const sns = () => {
  client ??= new SNSClient({ ...limitedTo(LIMITS.sns), ...LEAN });
  return client;
};

/**
 * Publishes one message with text attributes, by which subscribers filter. Throws SERVICE_UNAVAILABLE unless SNS accepts
 * it.
 */
export async function publish(
  topicArn: string,
  message: string,
  attributes: Readonly<Record<string, string>>,
): Promise<void> {
  await orUnavailable("SNS did not accept the message", () =>
    sns().send(
      new PublishCommand({
        TopicArn: topicArn,
        Message: message,
        MessageAttributes: Object.fromEntries(
          Object.entries(attributes).map(([name, StringValue]) => [
            name,
            { DataType: "String", StringValue },
          ]),
        ),
      }),
    ),
  );
}
