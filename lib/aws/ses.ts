/** The only SES client. */
import { SESClient, SESServiceException, SendEmailCommand } from "@aws-sdk/client-ses";
import { asciiAddress } from "../email-address.ts";
import { Problem } from "../errors.ts";
import { LIMITS, limitedTo } from "./timeouts.ts";

export interface MailMessage {
  readonly from: string;
  readonly to: string;
  readonly subject: string;
  readonly html: string;
  readonly text: string;
}

let client: SESClient | undefined;

/**
 * Hands one mail to SES and returns SES's message id. A refusal is BAD_REQUEST. RATE_LIMITED and SERVICE_UNAVAILABLE:
 * it was not sent, and can be sent later. BAD_GATEWAY: SES failed or closed the connection, and may have sent it.
 */
export async function sendMessage(message: MailMessage): Promise<{ messageId: string }> {
  // One attempt: SES has no idempotency key, so a repeated send after a lost response would be a second mail.
  client ??= new SESClient(limitedTo(LIMITS.ses));
  try {
    const { MessageId } = await client.send(
      new SendEmailCommand({
        Source: asciiAddress(message.from),
        Destination: { ToAddresses: [asciiAddress(message.to)] },
        Message: {
          Subject: { Data: message.subject, Charset: "UTF-8" },
          Body: {
            Html: { Data: message.html, Charset: "UTF-8" },
            Text: { Data: message.text, Charset: "UTF-8" },
          },
        },
      }),
    );
    if (MessageId === undefined) throw new Error("SES responded without a message id");
    return { messageId: MessageId };
  } catch (cause) {
    throw sesProblem(cause);
  }
}

/** Whether the mail was certainly not sent, and the same call can send it later. */
export function isNotSent({ code }: Problem): boolean {
  return code === "RATE_LIMITED" || code === "SERVICE_UNAVAILABLE";
}

function sesProblem(cause: unknown): Problem {
  if (cause instanceof SESServiceException) {
    if (cause.name === "Throttling" || cause.name === "ThrottlingException") {
      return new Problem("RATE_LIMITED", "SES has reached its sending rate", { retryAfterSeconds: 1, cause });
    }
    if (cause.$fault === "client") {
      return new Problem("BAD_REQUEST", `SES refused the mail (${cause.name}); the log contains its reason`, {
        cause,
      });
    }
  }
  if (wasNeverSent(cause))
    return new Problem("SERVICE_UNAVAILABLE", "SES did not accept the mail", { cause });
  return new Problem("BAD_GATEWAY", "SES failed or did not respond; the mail may have been sent", { cause });
}

/** Failures before the request was sent, and responses in which SES says that it accepted nothing. */
const BEFORE_SENDING = ["ECONNREFUSED", "ENOTFOUND", "EAI_AGAIN", "EHOSTUNREACH", "ENETUNREACH"];

function wasNeverSent(cause: unknown): boolean {
  if (cause instanceof SESServiceException) return cause.$metadata.httpStatusCode === 503;
  if (!(cause instanceof Error)) return false;
  const code = "code" in cause ? String(cause.code) : "";
  return BEFORE_SENDING.includes(code) || cause.name === "CredentialsProviderError";
}
