/** The only SQS client. */
import {
  ChangeMessageVisibilityCommand,
  DeleteMessageCommand,
  GetQueueAttributesCommand,
  GetQueueUrlCommand,
  ReceiveMessageCommand,
  SendMessageCommand,
  SQSClient,
} from "@aws-sdk/client-sqs";
import { Problem } from "../errors.ts";
import { present } from "../present.ts";
import { LEAN } from "./lean-client.ts";
import { orUnavailable } from "./or-unavailable.ts";
import { LIMITS, limitedTo, within } from "./timeouts.ts";

/** For both tries together, whatever hangs. Together with the time to read a secret, below the webhook's timeout of 10 s. */
const SEND_TIMEOUT_MS = 5_000;

let client: SQSClient | undefined;
const sqs = () => {
  if (client === undefined) {
    client = new SQSClient({ ...limitedTo(LIMITS.sqs), ...LEAN });
    // It would copy all inputs and outputs for a logger that the client does not have.
    client.middlewareStack.remove("loggerMiddleware");
  }
  return client;
};

/** A message's attributes, as Lambda gives them to a consumer: bytes are base64. */
export type MessageAttributes = Readonly<
  Record<
    string,
    {
      readonly dataType: string;
      readonly stringValue?: string | undefined;
      readonly binaryValue?: string | undefined;
    }
  >
>;

/**
 * Sends one message. Returns its id once SQS has stored it; undefined if SQS does not accept a body of this length or with
 * these characters. Any other failure is SERVICE_UNAVAILABLE, after 5 s at the latest. SQS may then have stored the
 * message anyway, even twice: the consumer must recognize a message that it has seen before.
 */
export async function sendToQueue(
  queueUrl: string,
  body: string,
  attributes: MessageAttributes = {},
): Promise<string | undefined> {
  if (!fitsQueue(body, attributes)) return undefined;
  try {
    const sent = sqs().send(
      new SendMessageCommand({
        QueueUrl: queueUrl,
        MessageBody: body,
        MessageAttributes: Object.fromEntries(
          Object.entries(attributes).map(([name, { dataType, stringValue, binaryValue }]) => [
            name,
            {
              DataType: dataType,
              ...present({
                StringValue: stringValue,
                BinaryValue: binaryValue === undefined ? undefined : Buffer.from(binaryValue, "base64"),
              }),
            },
          ]),
        ),
      }),
    );
    const { MessageId } = await within(SEND_TIMEOUT_MS, sent);
    if (MessageId === undefined) throw new Error("SQS responded without a message id");
    return MessageId;
  } catch (cause) {
    if (cause instanceof Error && BODY_REFUSAL.test(cause.name)) return undefined;
    throw new Problem("SERVICE_UNAVAILABLE", "SQS did not accept the message", { cause });
  }
}

/** SQS's limit for a message's body and the names, types and values of its attributes, in bytes. */
const MAX_MESSAGE_BYTES = 1_048_576;

/**
 * Whether SQS accepts `body`: with its attributes up to 1 MiB of UTF-8, in the characters of XML 1.0.
 * Source: https://docs.aws.amazon.com/AWSSimpleQueueService/latest/APIReference/API_SendMessage.html
 */
function fitsQueue(body: string, attributes: MessageAttributes): boolean {
  const sizes = Object.entries(attributes).map(([name, { dataType, stringValue = "", binaryValue = "" }]) => {
    return Buffer.byteLength(name + dataType + stringValue) + Buffer.byteLength(binaryValue, "base64");
  });
  return (
    sizes.reduce((sum, size) => sum + size, Buffer.byteLength(body)) <= MAX_MESSAGE_BYTES &&
    /^[\t\n\r\u{20}-\u{D7FF}\u{E000}-\u{FFFD}\u{10000}-\u{10FFFF}]*$/u.test(body)
  );
}

/** For when SQS accepts less than documented: a queue can have a lower limit, and the emulator does not support emoji. */
const BODY_REFUSAL = /(^|\.)(InvalidMessageContents|InvalidParameterValue)$/;

/** A message that waits in a queue, while it is hidden from other consumers. */
export interface WaitingMessage {
  readonly messageId: string;
  readonly body: string;
  readonly attributes: MessageAttributes;
  /** For `deleteMessage` and `hideMessage`. */
  readonly receipt: string;
  /** UTC. */
  readonly sentAt: Date;
}

/**
 * At most ten messages of the queue, hidden from now on for `hideSeconds`; none if none was available within
 * `waitSeconds`. A long poll, of one second or more, asks all of SQS's servers; a short one, of 0, can miss messages.
 * For operators' commands: functions get their messages from Lambda.
 */
export async function receiveMessages(
  queueUrl: string,
  hideSeconds: number,
  waitSeconds = 1,
): Promise<WaitingMessage[]> {
  const { Messages = [] } = await completed(() =>
    sqs().send(
      new ReceiveMessageCommand({
        QueueUrl: queueUrl,
        MaxNumberOfMessages: 10,
        VisibilityTimeout: hideSeconds,
        WaitTimeSeconds: waitSeconds,
        MessageAttributeNames: ["All"],
        MessageSystemAttributeNames: ["SentTimestamp"],
      }),
    ),
  );
  return Messages.map(({ MessageId, Body, ReceiptHandle, Attributes, MessageAttributes = {} }) => ({
    messageId: MessageId ?? "",
    body: Body ?? "",
    attributes: Object.fromEntries(
      Object.entries(MessageAttributes).map(([name, { DataType = "", StringValue, BinaryValue }]) => [
        name,
        {
          dataType: DataType,
          ...present({
            stringValue: StringValue,
            binaryValue: BinaryValue === undefined ? undefined : Buffer.from(BinaryValue).toString("base64"),
          }),
        },
      ]),
    ),
    receipt: ReceiptHandle ?? "",
    sentAt: new Date(Number(Attributes?.SentTimestamp ?? 0)),
  }));
}

export async function deleteMessage(queueUrl: string, receipt: string): Promise<void> {
  await completed(() => sqs().send(new DeleteMessageCommand({ QueueUrl: queueUrl, ReceiptHandle: receipt })));
}

/** Hides a received message for this time from now on; 0 ends its hiding. At most twelve hours in all. */
export async function hideMessage(queueUrl: string, receipt: string, seconds: number): Promise<void> {
  await completed(() =>
    sqs().send(
      new ChangeMessageVisibilityCommand({
        QueueUrl: queueUrl,
        ReceiptHandle: receipt,
        VisibilityTimeout: seconds,
      }),
    ),
  );
}

/** The URL of the queue with this name. */
export async function queueUrlOf(name: string): Promise<string> {
  const { QueueUrl = "" } = await completed(() => sqs().send(new GetQueueUrlCommand({ QueueName: name })));
  return QueueUrl;
}

/** About how many messages can be received, or will be later, and how many a consumer has. */
export async function queueDepth(queueUrl: string): Promise<{ waiting: number; inFlight: number }> {
  const { Attributes = {} } = await completed(() =>
    sqs().send(
      new GetQueueAttributesCommand({
        QueueUrl: queueUrl,
        AttributeNames: [
          "ApproximateNumberOfMessages",
          "ApproximateNumberOfMessagesDelayed",
          "ApproximateNumberOfMessagesNotVisible",
        ],
      }),
    ),
  );
  const waiting = Number(Attributes.ApproximateNumberOfMessages ?? 0);
  const delayed = Number(Attributes.ApproximateNumberOfMessagesDelayed ?? 0);
  return {
    waiting: waiting + delayed,
    inFlight: Number(Attributes.ApproximateNumberOfMessagesNotVisible ?? 0),
  };
}

const completed = <T>(send: () => Promise<T>): Promise<T> =>
  orUnavailable("SQS did not complete the request", send);
