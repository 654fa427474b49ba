import type { Entry } from "../../journal/entry.ts";
import { counted, type Detector, evidenceOf } from "../finding.ts";

/** Over as soon as a mail was sent after it. */
export const refusedMails: Detector = {
  looksFor: "mails that were not delivered",
  detect: async ({ recent }) => {
    const lastSent = recent.find(isSentMail)?.at ?? 0;
    const refused = recent.filter((entry) => isRefusedMail(entry) && entry.at > lastSent);
    const bounced = recent.filter(({ event }) => event === "mail.undelivered");
    return [
      ...(refused.length === 0
        ? []
        : [
            {
              id: "refused-mails",
              title: `SES refuses mails: ${counted(refused.length, "mail")} could not be sent`,
              cause: causeOf(refused[0]),
              ...evidenceOf(refused),
              repairs: [
                {
                  does: "See the sender, the account and its limits at SES",
                  command: "aws ses get-identity-verification-attributes --identities <EMAIL_FROM>",
                },
                {
                  does: "Verify the sender again",
                  command: "aws ses verify-email-identity --email-address <EMAIL_FROM>",
                },
                {
                  does: "See who is affected; automatic mails are sent again by themselves",
                  command: "npm run affected -- --since 1h",
                },
              ],
            },
          ]),
      ...(bounced.length === 0
        ? []
        : [
            {
              id: "bounced-mails",
              title: `${counted(bounced.length, "mail")} did not reach the recipient`,
              cause: `The recipient's server or SES reported ${bounced[0]?.detail ?? "that it was not delivered"}. No more mail about the payment is sent to that address.`,
              ...evidenceOf(bounced),
              repairs: [
                {
                  does: "See which mails, and about what",
                  command: "npm run audit -- list --actor ses",
                },
              ],
            },
          ]),
    ];
  },
};

const MAIL_EVENTS = new Set(["automatic-mail", "failed-payment.mail"]);
const isAboutMail = ({ event = "", title }: Entry) => MAIL_EVENTS.has(event) || title === "send-email";

const isSentMail = (entry: Entry) => isAboutMail(entry) && entry.outcome === "succeeded";
const isRefusedMail = (entry: Entry) =>
  (isAboutMail(entry) && (entry.outcome === "failed" || entry.outcome === "refused")) ||
  entry.alarm?.startsWith("ses-") === true;

function causeOf(entry: Entry | undefined): string {
  const said = [entry?.alarm, entry?.code, entry?.detail].filter((text) => text !== undefined).join(", ");
  return `SES said ${said === "" ? "no" : said}. The sender may not be verified, the account may be in the sandbox or paused, or a limit may be reached.`;
}
