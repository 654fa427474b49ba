/** Adds to fauxqs, which delivers to SQS only, the subscriptions with the protocols http, https and lambda. */
import { parseJson } from "../../../lib/untrusted.ts";
import {
  deliver,
  HTTP_PAUSES,
  invokeFunction,
  LAMBDA_PAUSES,
  postConfirmation,
  postNotification,
  type SnsAddress,
} from "./delivery.ts";
import type { fauxqsParts, PublishedMessage, SnsStore, SqsStore, Subscription } from "./fauxqs-parts.ts";

export interface FanOutOptions {
  readonly parts: Awaited<ReturnType<typeof fauxqsParts>>;
  readonly snsStore: SnsStore;
  readonly sqsStore: SqsStore;
  readonly address: SnsAddress;
  /** The Lambda API of the stack; without it, no function can be invoked. */
  readonly lambdaUrl: string | undefined;
  /** The subject of the message that is being published. */
  readonly subjectOf: (message: string) => string | undefined;
}

/** From now on, the store's messages reach those subscriptions. `stop` ends the tries that are under way. */
export function fanOut(options: FanOutOptions): { stop(): void } {
  const { snsStore } = options;
  let isOver = false;
  const isStopped = () => isOver;

  const subscribe = snsStore.subscribe.bind(snsStore);
  snsStore.subscribe = (topicArn, protocol, endpoint, attributes) => {
    const subscription = subscribe(topicArn, protocol, endpoint, attributes);
    if (subscription === undefined || subscription.confirmed) return subscription;
    if (protocol === "lambda") {
      subscription.confirmed = true;
      snsStore.persistence?.insertSubscription(subscription);
    } else if (isHttp(subscription)) {
      void deliver(() => postConfirmation(subscription, options.address), HTTP_PAUSES, isStopped);
    }
    return subscription;
  };
  snsStore.spy = {
    addMessage: (message) => {
      for (const arn of snsStore.getTopic(message.topicArn)?.subscriptionArns ?? []) {
        const subscription = snsStore.getSubscription(arn);
        if (subscription?.confirmed && isWanted(options, subscription, message)) {
          void notify(options, subscription, message, isStopped);
        }
      }
    },
  };
  return {
    stop: () => {
      isOver = true;
    },
  };
}

async function notify(
  options: FanOutOptions,
  subscription: Subscription,
  message: PublishedMessage,
  isOver: () => boolean,
): Promise<void> {
  const { address, lambdaUrl } = options;
  const subject = options.subjectOf(message.body);
  let isDelivered = true;
  if (isHttp(subscription)) {
    const attempt = () => postNotification(subscription, message, subject, address);
    isDelivered = await deliver(attempt, HTTP_PAUSES, isOver);
  } else if (subscription.protocol === "lambda" && lambdaUrl !== undefined) {
    const attempt = () => invokeFunction(subscription, message, subject, address, lambdaUrl);
    isDelivered = await deliver(attempt, LAMBDA_PAUSES, isOver);
  }
  if (!isDelivered && !isOver()) keepUndelivered(options, subscription, message);
}

/** In the queue that the subscription's RedrivePolicy names. */
function keepUndelivered(
  options: FanOutOptions,
  { attributes }: Subscription,
  { body }: PublishedMessage,
): void {
  const policy = parseJson(attributes.RedrivePolicy);
  const target = Object(policy).deadLetterTargetArn;
  if (typeof target !== "string") return;
  options.sqsStore.getQueueByArn(target)?.enqueue(options.parts.SqsStore.createMessage(body));
}

function isHttp({ protocol }: Subscription): boolean {
  return protocol === "http" || protocol === "https";
}

function isWanted(
  { parts }: FanOutOptions,
  { attributes }: Subscription,
  message: PublishedMessage,
): boolean {
  const policy = parseJson(attributes.FilterPolicy);
  if (policy === undefined) return true;
  return attributes.FilterPolicyScope === "MessageBody"
    ? parts.matchesFilterPolicyOnBody(policy, message.body)
    : parts.matchesFilterPolicy(policy, message.messageAttributes);
}
