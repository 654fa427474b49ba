/** The mail to the administrator about an endpoint that was disabled because it failed or is gone. */
import { isNotSent, sendMessage } from "../aws/ses.ts";
import type { CallContext } from "../call-context.ts";
import { mailTags } from "../email/mail-tags.ts";
import { renderMail } from "../email/render-mail.ts";
import { assertTimeToSend } from "../email/send-claimed.ts";
import type { Mails } from "../email/template.ts";
import { optionalEnv } from "../env.ts";
import { asProblem } from "../errors.ts";
import { logCall } from "../log.ts";
import { present } from "../present.ts";
import type { Endpoint } from "./endpoint.ts";

const TEMPLATE = "endpoint-disabled-admin";

/**
 * Sends the mail to ADMIN_EMAIL; without that setting, only the log says it. Throws SERVICE_UNAVAILABLE or RATE_LIMITED if the mail was
 * certainly not sent and must be tried again. Any other failure is logged, and not tried again.
 */
export async function tellAdministrator(
  endpoint: Endpoint,
  mails: Mails,
  context: CallContext,
): Promise<void> {
  const to = optionalEnv("ADMIN_EMAIL");
  const { endpointId, description, disabledReason: reason } = endpoint;
  const fields = {
    event: "endpoint.disabled",
    requestId: context.requestId,
    endpointId,
    ...present({ reason }),
  };
  if (to === undefined) return logCall({ ...fields, result: "unaddressed", outcome: "ignored" });
  assertTimeToSend(context);
  const data = {
    endpointId,
    host: new URL(endpoint.url).host,
    ...(description === "" ? {} : { description }),
    isGone: reason === "gone",
  };
  const mail = await renderMail(mails, { to, template: TEMPLATE, data }, context.now());
  try {
    const { messageId } = await sendMessage({ ...mail, tags: mailTags({ template: TEMPLATE }) });
    logCall({ ...fields, result: "sent", messageId, outcome: "succeeded" });
  } catch (thrown) {
    const problem = asProblem(thrown);
    if (isNotSent(problem)) throw problem;
    logCall({ ...fields, result: "unknown", outcome: "failed" }, problem);
  }
}
