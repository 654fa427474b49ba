/** The only SQS client. */
import { SendMessageCommand, SQSClient } from "@aws-sdk/client-sqs";
import { Problem } from "./errors.ts";

/** Over both tries, whatever hangs; with what reading a secret may take, below the webhook's timeout of 10 s. */
const SEND_TIMEOUT_MS = 5_000;
/** Of one try, so that there is time for the other. */
const TRY_TIMEOUT_MS = 2_000;
const CONNECT_TIMEOUT_MS = 1_000;

let client: SQSClient | undefined;

/**
 * Sends one message. Returns its id once SQS has stored it; undefined when SQS takes no body of this length or with these
 * characters. Anything else is SERVICE_UNAVAILABLE, after 5 s at the latest, and then SQS may have stored it all the same,
 * twice even: whoever receives it must know a message again.
 */
export async function sendToQueue(queueUrl: string, body: string): Promise<string | undefined> {
  if (!fitsQueue(body)) return undefined;
  client ??= new SQSClient({
    maxAttempts: 2,
    requestHandler: {
      connectionTimeout: CONNECT_TIMEOUT_MS,
      requestTimeout: TRY_TIMEOUT_MS,
      throwOnRequestTimeout: true,
    },
  });
  try {
    const { MessageId } = await client.send(
      new SendMessageCommand({ QueueUrl: queueUrl, MessageBody: body }),
      { abortSignal: AbortSignal.timeout(SEND_TIMEOUT_MS) },
    );
    if (MessageId === undefined) throw new Error("SQS answered without a message id");
    return MessageId;
  } catch (cause) {
    if (cause instanceof Error && BODY_REFUSAL.test(cause.name)) return undefined;
    throw new Problem("SERVICE_UNAVAILABLE", "SQS did not accept the message", { cause });
  }
}

/** SQS's limit for a message's body and attributes, in bytes. */
const MAX_MESSAGE_BYTES = 1_048_576;

/**
 * Whether SQS takes `body`: up to 1 MiB of UTF-8 in the characters of XML 1.0.
 * Source: https://docs.aws.amazon.com/AWSSimpleQueueService/latest/APIReference/API_SendMessage.html
 */
function fitsQueue(body: string): boolean {
  return (
    Buffer.byteLength(body) <= MAX_MESSAGE_BYTES &&
    /^[\t\n\r\u{20}-\u{D7FF}\u{E000}-\u{FFFD}\u{10000}-\u{10FFFF}]*$/u.test(body)
  );
}

/** Where it takes less than is documented: a queue may have a lower limit, and the emulator knows no emoji. */
const BODY_REFUSAL = /(^|\.)(InvalidMessageContents|InvalidParameterValue)$/;
