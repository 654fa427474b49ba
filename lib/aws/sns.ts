/** The only SNS client. */
import { PublishCommand, SNSClient } from "@aws-sdk/client-sns";
import { Problem } from "../errors.ts";

let client: SNSClient | undefined;

/**
 * Publishes one message with text attributes, by which subscribers filter. Throws SERVICE_UNAVAILABLE unless SNS accepts
 * it.
 */
export async function publish(
  topicArn: string,
  message: string,
  attributes: Readonly<Record<string, string>>,
): Promise<void> {
  client ??= new SNSClient({ maxAttempts: 2 });
  try {
    await client.send(
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
    );
  } catch (cause) {
    throw new Problem("SERVICE_UNAVAILABLE", "SNS did not accept the message", { cause });
  }
}
