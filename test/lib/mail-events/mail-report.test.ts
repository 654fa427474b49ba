import { describe, expect, it } from "@jest/globals";
import fc from "fast-check";
import { mailTags } from "../../../lib/email/mail-tags.ts";
import { readMailReport } from "../../../lib/mail-events/mail-report.ts";
import { anyJson } from "../../steps/any-json.ts";

const ID = "0100018c1a2b3c4d-8f9e0d1c-2b3a-4958-8776-655443322110-000000";
const ADDRESS = "ada@example.com";

const facts = {
  template: "payment-failed",
  paymentId: "pi_1",
  owner: "6f0d1f64-0000-4000-8000-000000000000",
};
const tags = Object.fromEntries([
  ...Object.entries(mailTags(facts)).map(([name, value]) => [name, [value]]),
  ["ses:configuration-set", ["contractspec-stripe-dev"]],
]);
const sentMail = { messageId: ID, destination: [ADDRESS], source: ADDRESS, tags };
const read = (event: object) => readMailReport(JSON.stringify({ mail: sentMail, ...event }));
const bounce = (bounceType: string, bounceSubType = "General") => ({
  eventType: "Bounce",
  bounce: {
    ...{ bounceType, bounceSubType },
    bouncedRecipients: [{ emailAddress: ADDRESS, status: "5.1.1", diagnosticCode: `550 ${ADDRESS} unknown` }],
  },
});
const complaint = (fields: object) => ({ eventType: "Complaint", complaint: fields });

describe("given a report of SES", () => {
  it.each<[string, object, object]>([
    [
      "a permanent bounce",
      bounce("Permanent", "NoEmail"),
      { result: "bounced", reason: "NoEmail", status: "5.1.1" },
    ],
    [
      "an address on the suppression list",
      bounce("Permanent", "OnAccountSuppressionList"),
      { result: "bounced" },
    ],
    ["a full mailbox", bounce("Transient", "MailboxFull"), { result: "delayed", reason: "MailboxFull" }],
    ["a bounce that SES does not understand", bounce("Undetermined", "Undetermined"), { result: "delayed" }],
    ["a complaint", complaint({ complaintFeedbackType: "abuse" }), { result: "complained", reason: "abuse" }],
    ["a complaint without details", complaint({}), { result: "complained" }],
    [
      "a mail taken out of the spam folder",
      complaint({ complaintFeedbackType: "not-spam" }),
      { result: "none" },
    ],
    ["malware", { eventType: "Reject", reject: { reason: "Bad content" } }, { result: "refused" }],
    [
      "a delay",
      { eventType: "DeliveryDelay", deliveryDelay: { delayType: "MailboxFull" } },
      { result: "delayed" },
    ],
    ["a delivery", { eventType: "Delivery", delivery: {} }, { result: "none" }],
    ["a type that SES adds later", { eventType: "Bounce Forwarded" }, { result: "none" }],
  ])("%s", (_what, event, expected) => {
    const report = read(event);
    expect(report).toMatchObject({ ...expected, messageId: ID, facts });
    expect(JSON.stringify(report)).not.toContain("ada");
  });

  it("the message with which SES tries the topic is about no mail", () => {
    expect(readMailReport("Successfully validated SNS topic for Amazon SES event publishing.")).toBe(
      "greeting",
    );
  });

  it.each([
    ["no JSON", "Hello"],
    ["nothing", ""],
    ["no type", JSON.stringify({ mail: sentMail })],
    ["no mail", JSON.stringify({ eventType: "Bounce", bounce: { bounceType: "Permanent" } })],
    ["a bounce without its type", JSON.stringify({ eventType: "Bounce", mail: sentMail, bounce: {} })],
    ["an event of Stripe", JSON.stringify({ id: "evt_1", type: "charge.updated" })],
  ])("%s is no report", (_what, body) => expect(readMailReport(body)).toBeUndefined());

  it("any JSON is read without an exception, and nothing of it becomes a value that is not one word", () => {
    const eventType = fc.constantFrom("Bounce", "Complaint", "Reject", "DeliveryDelay", "Send");
    const parts = fc.record({
      bounce: anyJson.value,
      complaint: anyJson.value,
      deliveryDelay: anyJson.value,
    });
    fc.assert(
      fc.property(eventType, parts, anyJson.fields, anyJson.value, (type, told, mail, anyTags) => {
        const event = { eventType: type, ...told, mail: { ...mail, messageId: ID, tags: anyTags } };
        const report = readMailReport(JSON.stringify(event));
        if (report === undefined || report === "greeting") return;
        const { reason, status, facts: found } = report;
        for (const text of [reason, status, ...Object.values(found)])
          expect(text ?? "x").toMatch(/^[\w.-]+$/);
      }),
    );
  });
});
