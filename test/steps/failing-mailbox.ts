/**
 * The mailbox behind a proxy that makes chosen sends fail: SES throttles, refuses the recipient or our set-up, is down, or the connection breaks.
 */
import { SESClient, VerifyEmailIdentityCommand } from "@aws-sdk/client-ses";
import { passOn } from "../../local/pass-on.ts";
import { loopbackServer } from "./loopback-server.ts";

/** `lost`: the mail is sent, and SES's response is lost. `broken`: the connection breaks and nothing is sent. */
export type MailFault = "throttled" | "refused" | "unverified" | "denied" | "down" | "lost" | "broken";

export interface SentMail {
  readonly destination: { readonly to: string[] };
  readonly subject: string;
  readonly body: { readonly html: string; readonly text: string };
}

const ANSWERS: Partial<Record<MailFault, readonly [status: number, code: string, message: string]>> = {
  throttled: [400, "Throttling", "Maximum sending rate exceeded."],
  refused: [400, "InvalidParameterValue", "Domain contains dot-dot"],
  unverified: [
    400,
    "MessageRejected",
    "Email address is not verified. The following identities failed the check in region US-EAST-1: ada@example.com",
  ],
  denied: [
    403,
    "AccessDenied",
    "User arn:aws:sts::000000000000:assumed-role/r/f is not authorized to perform ses:SendEmail on resource arn:aws:ses:us-east-1:000000000000:identity/ada@example.com",
  ],
  down: [503, "ServiceUnavailable", "Try later"],
};

/** Puts the proxy in front of the mailbox, and its URL into AWS_ENDPOINT_URL_SES. Call it before SES is first used. */
export async function failingMailbox() {
  const mailbox = process.env.AWS_ENDPOINT_URL_SES ?? "";
  const ses = new SESClient({});
  await ses.send(new VerifyEmailIdentityCommand({ EmailAddress: "payments@example.com" }));
  ses.destroy();
  process.env.EMAIL_FROM = "payments@example.com";
  let faults: MailFault[] = [];

  const server = await loopbackServer(async (request, body, response) => {
    const fault = faults.shift();
    const answer = fault === undefined ? undefined : ANSWERS[fault];
    if (answer !== undefined) {
      const [status, code, message] = answer;
      const error = `<ErrorResponse><Error><Code>${code}</Code><Message>${message}</Message></Error></ErrorResponse>`;
      return response.writeHead(status, { "content-type": "text/xml" }).end(error);
    }
    if (fault === "broken") return request.socket.destroy();
    const sent = await passOn(mailbox, request, body);
    if (fault === "lost") return request.socket.destroy();
    return response.writeHead(sent.status, sent.headers).end(sent.body);
  });
  process.env.AWS_ENDPOINT_URL_SES = server.url;

  return {
    close: server.close,
    /** Of the mailbox, without the proxy. */
    url: mailbox,
    /** Makes the next sends fail, one with each fault. */
    fail: (...next: readonly MailFault[]) => {
      faults = [...next];
    },
    mails: async (): Promise<SentMail[]> => JSON.parse(await (await fetch(`${mailbox}/store`)).text()).emails,
    clear: async () => {
      faults = [];
      await fetch(`${mailbox}/clear-store`, { method: "POST" });
    },
  };
}
