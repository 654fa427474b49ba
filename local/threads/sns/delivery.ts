/** Delivers what is published to subscriptions with the protocols http, https and lambda, and confirms the first two. */
import type { PublishedMessage, SnsAttribute, Subscription } from "./fauxqs-parts.ts";

/** Where SNS itself is reached: for the links in its messages. */
export interface SnsAddress {
  /** Without a trailing slash. */
  readonly url: string;
}

/** `failed` may succeed when it is tried again; `refused` will not. */
type Outcome = "delivered" | "failed" | "refused";

const WITHIN_MS = 15_000;

/**
 * Seconds before each further try, as by the default delivery policy of SNS: three without a pause, two after a second,
 * ten with a growing pause, and 35 every 20 seconds.
 * https://docs.aws.amazon.com/sns/latest/dg/sns-message-delivery-retries.html
 */
export const HTTP_PAUSES: readonly number[] = [
  ...[0, 0, 0, 1, 1],
  ...Array.from({ length: 10 }, (_, index) => Math.min(20, 2 ** (index / 2))),
  ...Array.from({ length: 35 }, () => 20),
];
/** Lambda tries an asynchronous invocation twice more. Its pauses are a minute and two; nobody waits that long here. */
export const LAMBDA_PAUSES: readonly number[] = [1, 2];

/** Tries until the message is delivered, or the pauses are used up. Returns whether it was delivered. */
export async function deliver(
  attempt: () => Promise<Outcome>,
  pauses: readonly number[],
  isOver: () => boolean,
): Promise<boolean> {
  let outcome = await attempt();
  for (const seconds of pauses) {
    if (outcome !== "failed" || isOver()) break;
    await new Promise((resolve) => setTimeout(resolve, seconds * 1_000).unref());
    outcome = await attempt();
  }
  return outcome === "delivered";
}

/** The request with which an endpoint is asked to confirm its subscription. */
export function postConfirmation(subscription: Subscription, address: SnsAddress): Promise<Outcome> {
  const { arn, topicArn } = subscription;
  const query = new URLSearchParams({ Action: "ConfirmSubscription", TopicArn: topicArn, Token: arn });
  return post(subscription, "SubscriptionConfirmation", arn.split(":").at(-1) ?? "", {
    Type: "SubscriptionConfirmation",
    MessageId: arn.split(":").at(-1),
    Token: arn,
    TopicArn: topicArn,
    Message: `You have chosen to subscribe to the topic ${topicArn}.\nTo confirm the subscription, visit the SubscribeURL included in this message.`,
    SubscribeURL: `${address.url}/?${query}`,
    Timestamp: new Date().toISOString(),
    ...UNSIGNED,
  });
}

export function postNotification(
  subscription: Subscription,
  message: PublishedMessage,
  subject: string | undefined,
  address: SnsAddress,
): Promise<Outcome> {
  return subscription.attributes.RawMessageDelivery === "true"
    ? send(subscription, "Notification", message.messageId, message.body, { "x-amz-sns-rawdelivery": "true" })
    : post(subscription, "Notification", message.messageId, {
        ...notification(subscription, message, subject),
        ...UNSIGNED,
        UnsubscribeURL: unsubscribeUrl(subscription, address),
      });
}

/** Invokes the function that the subscription names, and waits for it. */
export async function invokeFunction(
  subscription: Subscription,
  message: PublishedMessage,
  subject: string | undefined,
  address: SnsAddress,
  lambdaUrl: string,
): Promise<Outcome> {
  const { Signature, SignatureVersion, SigningCertURL } = UNSIGNED;
  const record = {
    EventSource: "aws:sns",
    EventVersion: "1.0",
    EventSubscriptionArn: subscription.arn,
    Sns: {
      ...notification(subscription, message, subject),
      Signature,
      SignatureVersion,
      SigningCertUrl: SigningCertURL,
      UnsubscribeUrl: unsubscribeUrl(subscription, address),
    },
  };
  const name = encodeURIComponent(subscription.endpoint);
  try {
    const response = await fetch(`${lambdaUrl}/2015-03-31/functions/${name}/invocations`, {
      method: "POST",
      body: JSON.stringify({ Records: [record] }),
    });
    await response.arrayBuffer();
    if (response.status === 404) return "refused";
    return response.ok && !response.headers.has("x-amz-function-error") ? "delivered" : "failed";
  } catch {
    return "failed";
  }
}

/** Nothing on this machine can sign as SNS does, so receivers must not check signatures of the local stack. */
const UNSIGNED = {
  SignatureVersion: "1",
  Signature: "EXAMPLE",
  SigningCertURL: "https://sns.us-east-1.amazonaws.com/SimpleNotificationService-0000000000000000000000.pem",
};

function notification(
  { topicArn }: Subscription,
  { messageId, body, messageAttributes, timestamp }: PublishedMessage,
  subject: string | undefined,
) {
  const attributes = Object.entries(messageAttributes).map(([name, attribute]) => [name, shown(attribute)]);
  return {
    Type: "Notification",
    MessageId: messageId,
    TopicArn: topicArn,
    ...(subject === undefined ? {} : { Subject: subject }),
    Message: body,
    Timestamp: new Date(timestamp).toISOString(),
    ...(attributes.length === 0 ? {} : { MessageAttributes: Object.fromEntries(attributes) }),
  };
}

const shown = ({ DataType, StringValue, BinaryValue }: SnsAttribute) => ({
  Type: DataType,
  Value: StringValue ?? BinaryValue ?? "",
});

function unsubscribeUrl({ arn }: Subscription, { url }: SnsAddress): string {
  return `${url}/?${new URLSearchParams({ Action: "Unsubscribe", SubscriptionArn: arn })}`;
}

function post(subscription: Subscription, type: string, messageId: string, body: object): Promise<Outcome> {
  return send(subscription, type, messageId, JSON.stringify(body), {});
}

/** https://docs.aws.amazon.com/sns/latest/dg/sns-message-and-json-formats.html */
async function send(
  { endpoint, arn, topicArn }: Subscription,
  type: string,
  messageId: string,
  body: string,
  headers: Record<string, string>,
): Promise<Outcome> {
  try {
    const response = await fetch(endpoint, {
      method: "POST",
      body,
      redirect: "manual",
      signal: AbortSignal.timeout(WITHIN_MS),
      headers: {
        "content-type": "text/plain; charset=UTF-8",
        "user-agent": "Amazon Simple Notification Service Agent",
        "x-amz-sns-message-type": type,
        "x-amz-sns-message-id": messageId,
        "x-amz-sns-topic-arn": topicArn,
        "x-amz-sns-subscription-arn": arn,
        ...headers,
      },
    });
    await response.arrayBuffer();
    if (response.ok) return "delivered";
    // SNS does not repeat what the receiver refuses.
    return response.status >= 400 && response.status < 500 && response.status !== 429 ? "refused" : "failed";
  } catch {
    return "failed";
  }
}
