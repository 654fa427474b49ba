/** The only SES client. */
import { SESClient, SESServiceException, SendEmailCommand } from "@aws-sdk/client-ses";
import { asciiAddress } from "../email-address.ts";
import { Problem } from "../errors.ts";
import { stackFrames } from "../log.ts";
import { present } from "../present.ts";
import { LEAN } from "./lean-client.ts";
import { sesVerdict } from "./ses-errors.ts";
import { LIMITS, limitedTo } from "./timeouts.ts";

export interface MailMessage {
  readonly from: string;
  readonly to: string;
  readonly subject: string;
  readonly html?: string;
  readonly text: string;
  /** The name of a configuration set in SES. */
  readonly configurationSet?: string;
  /** Come back with what SES reports about the mail. Without personal data: SES shows them to everyone who receives its events. */
  readonly tags?: Readonly<Record<string, string>>;
}

/** SES refuses a mail with any other name or value of a tag. https://docs.aws.amazon.com/ses/latest/APIReference/API_MessageTag.html */
const TAG = /^[A-Za-z0-9_-]{1,255}$/;

let client: SESClient | undefined;

/**
 * Hands one mail to SES and returns SES's message id. BAD_REQUEST: SES refuses the recipient's address. RATE_LIMITED and
 * SERVICE_UNAVAILABLE: it was not sent, and can be sent later; with an alarm if our set-up is wrong. BAD_GATEWAY: SES failed
 * or closed the connection, and may have sent it.
 */
export async function sendMessage(message: MailMessage): Promise<{ messageId: string }> {
  // One attempt: SES has no idempotency key, so a repeated send after a lost response would be a second mail.
  client ??= new SESClient({ ...limitedTo(LIMITS.ses), ...LEAN });
  try {
    const { MessageId } = await client.send(
      new SendEmailCommand({
        Source: asciiAddress(message.from),
        ...present({ ConfigurationSetName: message.configurationSet }),
        Tags: tagsOf(message),
        Destination: { ToAddresses: [asciiAddress(message.to)] },
        Message: {
          Subject: { Data: message.subject, Charset: "UTF-8" },
          Body: {
            ...(message.html === undefined ? {} : { Html: { Data: message.html, Charset: "UTF-8" } }),
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

/** A mail is worth more than its tags: those that SES would refuse are left out. */
function tagsOf({ tags = {} }: MailMessage): { Name: string; Value: string }[] {
  return Object.entries(tags)
    .filter((tag) => tag.every((text) => TAG.test(text)))
    .map(([Name, Value]) => ({ Name, Value }));
}

/** Whether the mail was certainly not sent, and the same call can send it later. */
export function isNotSent({ code }: Problem): boolean {
  return code === "RATE_LIMITED" || code === "SERVICE_UNAVAILABLE";
}

/** What the log shows of an error of SES: never its sentence, which can contain addresses. */
class SesFailure extends Error {
  constructor(error: SESServiceException) {
    const { $metadata } = error;
    super(`status ${$metadata.httpStatusCode ?? "unknown"}, request ${$metadata.requestId ?? "unknown"}`);
    this.name = error.name;
    this.stack = [`${error.name}: ${this.message}`, ...stackFrames(error)].join("\n");
  }
}

function sesProblem(thrown: unknown): Problem {
  if (!(thrown instanceof SESServiceException)) {
    return wasNeverSent(thrown)
      ? new Problem("SERVICE_UNAVAILABLE", "SES was not reached", { cause: thrown })
      : maybeSent(thrown);
  }
  const { name, message, $metadata } = thrown;
  const verdict = sesVerdict({ name, message, status: $metadata.httpStatusCode });
  const cause = new SesFailure(thrown);
  switch (verdict.kind) {
    case "recipient":
      return new Problem("BAD_REQUEST", `SES refuses the recipient's address (${name})`, { cause });
    case "set-up":
      return new Problem("SERVICE_UNAVAILABLE", `SES does not send our mails (${name})`, {
        alarm: verdict.alarm,
        cause,
      });
    case "throttled":
      return new Problem("RATE_LIMITED", "SES has reached its sending rate", {
        retryAfterSeconds: 1,
        ...present({ alarm: verdict.alarm }),
        cause,
      });
    case "unavailable":
      return new Problem("SERVICE_UNAVAILABLE", "SES did not accept the mail", { cause });
    case "unknown":
      return maybeSent(cause);
  }
}

const maybeSent = (cause: unknown) =>
  new Problem("BAD_GATEWAY", "SES failed or did not respond; the mail may have been sent", { cause });

/** Failures before the request was sent. */
const BEFORE_SENDING = ["ECONNREFUSED", "ENOTFOUND", "EAI_AGAIN", "EHOSTUNREACH", "ENETUNREACH"];

function wasNeverSent(cause: unknown): boolean {
  if (!(cause instanceof Error)) return false;
  const code = "code" in cause ? String(cause.code) : "";
  return BEFORE_SENDING.includes(code) || cause.name === "CredentialsProviderError";
}
