/**
 * Amazon's mailbox simulator on this machine: a mail to one of its addresses makes SES report what became of it, to the topics
 * of the mail's configuration set. Other mails arrive, and nothing is reported.
 * Source: https://docs.aws.amazon.com/ses/latest/dg/send-an-email-from-console.html#send-email-simulator
 */
import { randomUUID } from "node:crypto";

const DOMAIN = "simulator.amazonses.com";

type Form = URLSearchParams;

interface Destination {
  readonly topicArn: string;
  /** In SES's spelling: `bounce`, `complaint`. */
  readonly types: readonly string[];
}

/** By local part, without a label such as `+1`. */
const REPORTS: Readonly<
  Record<string, { readonly type: string; readonly report: (address: string) => object }>
> = {
  bounce: { type: "bounce", report: (address) => bounce(address, "General", "5.1.1") },
  suppressionlist: { type: "bounce", report: (address) => bounce(address, "Suppressed", "5.1.1") },
  complaint: {
    type: "complaint",
    report: (address) => ({
      eventType: "Complaint",
      complaint: {
        complainedRecipients: [{ emailAddress: address }],
        timestamp: new Date().toISOString(),
        feedbackId: randomUUID(),
        complaintFeedbackType: "abuse",
      },
    }),
  },
};

function bounce(emailAddress: string, bounceSubType: string, status: string): object {
  return {
    eventType: "Bounce",
    bounce: {
      bounceType: "Permanent",
      bounceSubType,
      bouncedRecipients: [
        { emailAddress, action: "failed", status, diagnosticCode: "smtp; 550 5.1.1 user unknown" },
      ],
      timestamp: new Date().toISOString(),
      feedbackId: randomUUID(),
    },
  };
}

/** The event destinations of one mailbox. */
export class MailSimulator {
  readonly #destinations = new Map<string, Map<string, Destination>>();

  /** Carries out the action of the form if it is about configuration sets; false if it is not. */
  configure(form: Form): boolean {
    const set = form.get("ConfigurationSet.Name") ?? form.get("ConfigurationSetName") ?? "";
    switch (form.get("Action")) {
      case "CreateConfigurationSet":
        if (!this.#destinations.has(set)) this.#destinations.set(set, new Map());
        return true;
      case "CreateConfigurationSetEventDestination": {
        const topicArn = form.get("EventDestination.SNSDestination.TopicARN");
        const types = membersOf(form, "EventDestination.MatchingEventTypes");
        const destinations = this.#destinations.get(set) ?? new Map<string, Destination>();
        if (topicArn !== null) destinations.set(form.get("EventDestination.Name") ?? "", { topicArn, types });
        this.#destinations.set(set, destinations);
        return true;
      }
      default:
        return false;
    }
  }

  /** What SES would report of the mail in this form of SendEmail, and to which topics. */
  reportsOf(form: Form, messageId: string): { readonly topicArn: string; readonly message: string }[] {
    const destinations = [
      ...(this.#destinations.get(form.get("ConfigurationSetName") ?? "")?.values() ?? []),
    ];
    return membersOf(form, "Destination.ToAddresses").flatMap((address) => {
      const simulated = simulatedAs(address);
      if (simulated === undefined) return [];
      const message = JSON.stringify({
        ...simulated.report(address),
        mail: {
          timestamp: new Date().toISOString(),
          source: form.get("Source"),
          messageId,
          destination: [address],
          tags: tagsOf(form),
        },
      });
      return destinations
        .filter(({ types }) => types.includes(simulated.type))
        .map(({ topicArn }) => ({ topicArn, message }));
    });
  }
}

function simulatedAs(address: string) {
  const [local = "", domain] = address.toLowerCase().split("@");
  const name = local.replace(/\+.*$/, "");
  return domain === DOMAIN && Object.hasOwn(REPORTS, name) ? REPORTS[name] : undefined;
}

/** As SES repeats them, with those that it adds itself. */
function tagsOf(form: Form): Record<string, string[]> {
  const tags: Record<string, string[]> = {
    "ses:configuration-set": [form.get("ConfigurationSetName") ?? ""],
  };
  for (let n = 1; form.has(`Tags.member.${n}.Name`); n += 1) {
    tags[form.get(`Tags.member.${n}.Name`) ?? ""] = [form.get(`Tags.member.${n}.Value`) ?? ""];
  }
  return tags;
}

function membersOf(form: Form, name: string): string[] {
  const members: string[] = [];
  for (let n = 1; form.has(`${name}.member.${n}`); n += 1)
    members.push(form.get(`${name}.member.${n}`) ?? "");
  return members;
}
