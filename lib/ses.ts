/** The only SES client. */
import { SESClient, SESServiceException, SendEmailCommand } from "@aws-sdk/client-ses";
import { Problem } from "./errors.ts";

export interface MailMessage {
  readonly from: string;
  readonly to: string;
  readonly subject: string;
  readonly html: string;
  readonly text: string;
}

let client: SESClient | undefined;

/** Hands one mail to SES and returns SES's message id. A refusal is BAD_REQUEST, an outage SERVICE_UNAVAILABLE. */
export async function sendMessage(message: MailMessage): Promise<{ messageId: string }> {
  // One attempt: SES has no idempotency key, so a repeated send after a lost answer would be a second mail.
  client ??= new SESClient({ maxAttempts: 1 });
  try {
    const { MessageId } = await client.send(
      new SendEmailCommand({
        Source: message.from,
        Destination: { ToAddresses: [message.to] },
        Message: {
          Subject: { Data: message.subject, Charset: "UTF-8" },
          Body: {
            Html: { Data: message.html, Charset: "UTF-8" },
            Text: { Data: message.text, Charset: "UTF-8" },
          },
        },
      }),
    );
    if (MessageId === undefined) throw new Error("SES answered without a message id");
    return { messageId: MessageId };
  } catch (cause) {
    throw sesProblem(cause);
  }
}

function sesProblem(cause: unknown): Problem {
  if (cause instanceof SESServiceException) {
    if (cause.name === "Throttling" || cause.name === "ThrottlingException") {
      return new Problem("RATE_LIMITED", "SES is sending as fast as it may", { retryAfterSeconds: 1, cause });
    }
    if (cause.$fault === "client") {
      return new Problem("BAD_REQUEST", `SES refused the mail (${cause.name}); the log holds its reason`, {
        cause,
      });
    }
  }
  return new Problem("SERVICE_UNAVAILABLE", "SES did not accept the mail", { cause });
}
