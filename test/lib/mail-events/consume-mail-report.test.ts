/** Reports of SES about the mails of failed payments: from the emulated SES through SNS and SQS to the record. */
import { randomUUID } from "node:crypto";
import { afterAll, afterEach, beforeAll, describe, expect, it } from "@jest/globals";
import fc from "fast-check";
import { findEntries } from "../../../lib/audit/query.ts";
import { scanTable } from "../../../lib/aws/dynamodb.ts";
import { mailTags } from "../../../lib/email/mail-tags.ts";
import { POISON_DELIVERIES } from "../../../lib/events/redelivery.ts";
import type { FailedPayment, MailClaim } from "../../../lib/failed-payments/failed-payment.ts";
import { changeFailedPayment } from "../../../lib/failed-payments/failed-payment-table.ts";
import { adminMail, attemptMail, withClaim, withOutcome } from "../../../lib/failed-payments/mail-claims.ts";
import { TABLES, tableId } from "../../../resources/tables.ts";
import { tries } from "../../steps/effort.ts";
import * as given from "../../steps/given.ts";
import { mailReports, simulated } from "../../steps/mail-reports.ts";
import { CARD, daysFromNow, openShop, type Shop } from "../failed-payments/shop.ts";

let shop: Shop;
let reports: Awaited<ReturnType<typeof mailReports>>;
const log = given.capturedLog();
beforeAll(async () => {
  shop = await openShop();
  reports = await mailReports(shop.mailbox.url);
});
afterEach(async () => {
  // Ends the mails about the payments that a test has left: they no longer exist at Stripe.
  await shop.emulator.control("POST", "reset");
  await shop.followUp(daysFromNow(50));
  await reports.waiting();
  await shop.mailbox.clear();
  log.clear();
});
afterAll(async () => {
  await shop.close();
});

const label = () => randomUUID().slice(0, 8);
const claims = async (payment: string) =>
  Object.values((await shop.failedPayment(payment))?.mails ?? {}).map(({ state }) => state);
const lines = (event: string) => log.lines().filter((line) => line.event === event);

async function audited(object: string) {
  const at = new Date();
  const query = { object, from: new Date(0), to: new Date(at.getTime() + 60_000), limit: 100 };
  const { entries } = await findEntries(query, at);
  return entries.filter(({ eventType }) => eventType === "mail.undelivered");
}

/** A payment of a customer with this address, whose failure was mailed. */
async function failedPaymentOf(email: string) {
  const customer = await shop.emulator.api("customers", { email });
  const payment = await shop.failedIntent(CARD.insufficient, { customer: customer.id });
  return { payment, customer: customer.id };
}

describe("given a mail to a payer that does not arrive", () => {
  it.each([
    ["bounce", "bounced", "Bounce"],
    ["suppressionlist", "bounced", "Bounce"],
    ["complaint", "complained", "Complaint"],
  ] as const)(
    "%s: its claim says so, the administrator gets one mail, and the address gets no more mail about the payment",
    async (kind, state, eventType) => {
      const address = simulated(kind, label());
      const { payment, customer } = await failedPaymentOf(address);
      expect(await shop.payerMails(address)).toHaveLength(1);
      const bodies = await reports.deliverAll();
      expect(bodies).toHaveLength(1);
      expect(await claims(payment)).toEqual([state, "sent"]);
      const [told, ...others] = await shop.adminMails();
      expect(others).toEqual([]);
      expect(told?.body.text).toContain("did not reach the payer");
      expect(JSON.stringify(told)).not.toContain(address);

      await shop.followUp(daysFromNow(1.1));
      await shop.followUp(daysFromNow(3.1));
      expect(await shop.payerMails(address)).toHaveLength(1);
      expect(lines("failed-payment.mail").filter(({ result }) => result === "undeliverable")).toHaveLength(2);

      for (const body of bodies) expect(await reports.deliver(body)).toBe(true);
      expect(await shop.adminMails()).toHaveLength(1);
      const [entry, ...more] = await audited(payment);
      expect(more).toEqual([]);
      expect(entry).toMatchObject({
        actor: { id: "ses", roles: [] },
        resource: { type: "mail", id: expect.stringMatching(/^ses-/) },
        result: "succeeded",
        objects: expect.arrayContaining([payment, customer, entry?.resource.id]),
        metadata: { outputs: { result: state, paymentId: payment, isRecorded: true } },
      });
      expect(await audited(entry?.resource.id ?? "")).toEqual([entry]);
      expect(lines("mail.undelivered")).toMatchObject([
        { outcome: "succeeded", result: state, eventType, paymentId: payment, MailsUndelivered: 1 },
        { outcome: "duplicate" },
      ]);
      const tables = await Promise.all(TABLES.map((table) => scanTable(tableId(table))));
      expect(JSON.stringify(tables) + log.text()).not.toContain(address.split("@")[0]);
    },
  );

  it("a corrected address gets the next reminder", async () => {
    const [wrong, right] = [simulated("bounce", label()), `${label()}@example.com`];
    const { payment, customer } = await failedPaymentOf(wrong);
    await reports.deliverAll();
    await shop.followUp(daysFromNow(1.1));
    await shop.emulator.api(`customers/${customer}`, { email: right });
    await shop.followUp(daysFromNow(3.1));
    expect(await shop.payerMails(wrong)).toHaveLength(1);
    expect(await shop.payerMails(right)).toHaveLength(1);
    expect(await claims(payment)).toEqual(["bounced", "sent", "undeliverable", "sent"]);
  });

  it("another payment of the same address has its own record", async () => {
    const address = simulated("bounce", label());
    await failedPaymentOf(address);
    await reports.deliverAll();
    const { payment } = await failedPaymentOf(address);
    expect(await claims(payment)).toEqual(["sent"]);
  });

  it("after a rotation of APP_SECRET, the address is still recognized", async () => {
    const address = simulated("bounce", label());
    const { payment } = await failedPaymentOf(address);
    await reports.deliverAll();
    const before = process.env.APP_SECRET ?? "";
    process.env.APP_SECRET = `another-secret-of-the-tests,${before}`;
    await shop.followUp(daysFromNow(1.1));
    process.env.APP_SECRET = before;
    expect(await claims(payment)).toEqual(["bounced", "sent", "undeliverable"]);
  });

  it("a report that arrives while SES fails is delivered again, and the administrator gets one mail", async () => {
    const { payment } = await failedPaymentOf(simulated("bounce", label()));
    const [body = ""] = await reports.waiting();
    shop.mailbox.fail("down");
    expect(await reports.deliver(body)).toBe(false);
    expect(await claims(payment)).toEqual(["bounced"]);
    expect(await reports.deliver(body)).toBe(true);
    expect(await reports.deliver(body)).toBe(true);
    expect(await shop.adminMails()).toHaveLength(1);
    expect((await audited(payment)).map(({ result }) => result).sort()).toEqual(["failed", "succeeded"]);
  });

  it("nobody is told once the payment is paid", async () => {
    const { payment } = await failedPaymentOf(simulated("bounce", label()));
    const bodies = await reports.waiting();
    await shop.pay(payment, CARD.good);
    await shop.deliverAll();
    for (const body of bodies) expect(await reports.deliver(body)).toBe(true);
    expect(await claims(payment)).toEqual(["bounced"]);
    expect(await shop.adminMails()).toEqual([]);
  });

  it("a bounce of the administrator's own address is recorded, and causes no further mail to it", async () => {
    const boss = simulated("bounce", label());
    process.env.ADMIN_EMAIL = boss;
    const payment = await shop.failedIntent(CARD.stolen);
    await reports.deliverAll();
    process.env.ADMIN_EMAIL = "boss@example.com";
    expect(await claims(payment)).toEqual(["bounced"]);
    expect(
      (await shop.mailbox.mails()).filter(({ destination }) => destination.to.includes(boss)),
    ).toHaveLength(1);
  });
});

/** SES's reports about one mail. */
const report = (fields: object, tags: Readonly<Record<string, string>>) =>
  JSON.stringify({
    ...fields,
    mail: {
      messageId: "0100018c1a2b3c4d-8f9e0d1c-2b3a-4958-8776-655443322110-000000",
      destination: ["ada@example.com"],
      tags: Object.fromEntries(Object.entries(tags).map(([name, value]) => [name, [value]])),
    },
  });
const REPORTS = {
  bounced: { eventType: "Bounce", bounce: { bounceType: "Permanent" } },
  transient: { eventType: "Bounce", bounce: { bounceType: "Transient" } },
  complained: { eventType: "Complaint", complaint: {} },
  refused: { eventType: "Reject", reject: { reason: "Bad content" } },
  delivered: { eventType: "Delivery", delivery: {} },
} as const;
type Reported = keyof typeof REPORTS;
const RANKS = ["complained", "bounced", "refused"] as const;

async function recordedMail(owner: string, state: MailClaim["state"] = "sending"): Promise<string> {
  const paymentId = `pi_${randomUUID().replaceAll("-", "")}`;
  const at = Math.floor(Date.now() / 1000);
  const payment: FailedPayment = {
    paymentId,
    status: "open",
    ...{ attempts: 1, attemptKeys: ["ch_1"], lastAttempt: "ch_1", lastFailedAt: at, followUps: 0 },
    ...{ amount: 4200, currency: "usd", mails: {} },
  };
  await changeFailedPayment(paymentId, () =>
    withClaim(payment, attemptMail("ch_1"), { state, owner, at, to: "digest" }),
  );
  return paymentId;
}

describe("given any reports about one mail, in any order, some of them twice", () => {
  it("the claim ends the same, whether they come before or after its owner notes that the mail was sent", async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.constantFrom<Reported>(...(Object.keys(REPORTS) as Reported[])), { maxLength: 5 }),
        fc.nat(5),
        async (told, sentAfter) => {
          const owner = randomUUID();
          const paymentId = await recordedMail(owner);
          const tags = mailTags({ template: "payment-failed", paymentId, owner });
          const before = (await shop.adminMails()).length;
          for (const [index, one] of [...told, undefined].entries()) {
            if (index === Math.min(sentAfter, told.length))
              await changeFailedPayment(
                paymentId,
                (payment) => payment && withOutcome(payment, attemptMail("ch_1"), owner, "sent"),
              );
            if (one !== undefined) expect(await reports.deliver(report(REPORTS[one], tags))).toBe(true);
          }
          const worst = RANKS.find((state) => told.includes(state));
          const mails = (await shop.failedPayment(paymentId))?.mails ?? {};
          expect(mails[attemptMail("ch_1")]).toMatchObject({ state: worst ?? "sent", owner, to: "digest" });
          expect(Object.hasOwn(mails, adminMail("undelivered"))).toBe(worst !== undefined);
          expect((await shop.adminMails()).length - before).toBe(worst === undefined ? 0 : 1);
        },
      ),
      { numRuns: tries({ sample: 2, whole: 40 }) },
    );
  });

  it("copies that are handled at once cause one mail to the administrator", async () => {
    const owner = randomUUID();
    const paymentId = await recordedMail(owner, "sent");
    const body = report(REPORTS.bounced, mailTags({ template: "payment-failed", paymentId, owner }));
    await Promise.all(Array.from({ length: 8 }, () => reports.deliver(body)));
    expect(await shop.adminMails()).toHaveLength(1);
  });
});

describe("given a report that is not about a mail of a failed payment", () => {
  it.each([
    ["a mail of another stage or purpose, without tags", {}],
    ["a mail of a workflow", { template: "payment-error", run: "run-1" }],
    ["a payment without a record", { payment: "pi_unknown", claim: randomUUID() }],
  ])("%s: it is logged, counted and in the audit log, and nothing is written", async (_what, tags) => {
    expect(await reports.deliver(report(REPORTS.bounced, tags))).toBe(true);
    expect(lines("mail.undelivered")).toMatchObject([
      { outcome: "succeeded", result: "bounced", messageId: expect.any(String), MailsUndelivered: 1 },
    ]);
    expect(await shop.adminMails()).toEqual([]);
    expect(await audited("0100018c1a2b3c4d-8f9e0d1c-2b3a-4958-8776-655443322110-000000")).toContainEqual(
      expect.objectContaining({
        metadata: expect.objectContaining({ outputs: expect.objectContaining({ isRecorded: false }) }),
      }),
    );
  });

  it("a claim with another mark is not touched, so that nobody can stop mails without knowing it", async () => {
    const paymentId = await recordedMail(randomUUID(), "sent");
    const before = await shop.failedPayment(paymentId);
    const tags = mailTags({ template: "payment-failed", paymentId, owner: randomUUID() });
    expect(await reports.deliver(report(REPORTS.bounced, tags))).toBe(true);
    expect(await shop.failedPayment(paymentId)).toEqual(before);
    expect(await shop.adminMails()).toEqual([]);
  });

  it("a full mailbox changes nothing but the log", async () => {
    const owner = randomUUID();
    const paymentId = await recordedMail(owner, "sent");
    const before = await shop.failedPayment(paymentId);
    const tags = mailTags({ template: "payment-failed", paymentId, owner });
    expect(await reports.deliver(report(REPORTS.transient, tags))).toBe(true);
    expect(await shop.failedPayment(paymentId)).toEqual(before);
    expect(lines("mail.reported")).toMatchObject([{ outcome: "ignored", result: "delayed", paymentId }]);
  });
});

describe("given a message that is no report of SES", () => {
  it("after five deliveries it is in the dead-letter queue, as it came", async () => {
    const body = `not a report ${randomUUID()}`;
    for (let count = 1; count < POISON_DELIVERIES; count += 1) {
      expect(await reports.deliver(body, count)).toBe(false);
    }
    expect(await reports.deliver(body, POISON_DELIVERIES)).toBe(true);
    expect(await reports.dead()).toEqual([body]);
    expect(log.text()).not.toContain(body);
  });

  it("the message with which SES tries the topic is ignored", async () => {
    expect(await reports.deliver("Successfully validated SNS topic for Amazon SES event publishing.")).toBe(
      true,
    );
    expect(lines("mail.reported")).toMatchObject([{ outcome: "ignored", reason: "greeting" }]);
  });
});
