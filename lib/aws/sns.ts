/** Publishing to SNS. */
import { orUnavailable } from "./or-unavailable.ts";
import { callAws } from "./signed-request.ts";

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
    callAws("sns:Publish", {
      TopicArn: topicArn,
      Message: message,
      MessageAttributes: Object.fromEntries(
        Object.entries(attributes).map(([name, StringValue]) => [name, { DataType: "String", StringValue }]),
      ),
    }),
  );
}
