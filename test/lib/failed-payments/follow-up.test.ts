/** The scheduled run, by the time of its schedule. */
import { afterAll, afterEach, beforeAll, describe, expect, it } from "@jest/globals";
import { mails } from "../../../generated/mails.ts";
import { changeFailedPayment } from "../../../lib/failed-payments/failed-payment-table.ts";
import { followUpFailedPayments } from "../../../lib/failed-payments/follow-up.ts";
import { followUpMail, withClaim } from "../../../lib/failed-payments/mail-claims.ts";
import { sampleOf, tries } from "../../steps/effort.ts";
import * as given from "../../steps/given.ts";
import { timeLeft } from "../../steps/time-left.ts";
import { CARD, daysFromNow, openShop, type Shop } from "./shop.ts";

let shop: Shop;
const log = given.capturedLog();
beforeAll(async () => {
  shop = await openShop();
});
afterEach(async () => {
  // Ends the payments that a test has left, so that no other test sends reminders for them: they no longer exist at Stripe.
  await shop.emulator.control("POST", "reset");
  await shop.followUp(daysFromNow(50));
  await shop.mailbox.clear();
});
afterAll(async () => {
  await shop.close();
});

const lines = () => log.lines().filter(({ event }) => event === "failed-payment.follow-up");

/** A failed payment whose first mail was already sent. */
async function failedIntent(card: string = CARD.insufficient): Promise<string> {
  const intent = await shop.failedIntent(card);
  await shop.mailbox.clear();
  log.clear();
  return intent;
}

const subjects = async () => (await shop.payerMails()).map(({ subject }) => subject);
const REMINDER = "Reminder: your payment of $42.00 is still open";

describe("given a payment that stays unpaid", () => {
  it("the payer is reminded after 1, 3 and 5 days and then no more, no matter how often the run comes", async () => {
    const intent = await failedIntent();
    const counts = [];
    for (const days of [0.9, 1.1, 1.2, 2.9, 3.1, 3.5, 5.1, 6, 30]) {
      await shop.followUp(daysFromNow(days));
      counts.push((await subjects()).length);
    }
    expect(counts).toEqual([0, 1, 1, 1, 2, 2, 3, 3, 3]);
    expect(await subjects()).toEqual([REMINDER, REMINDER, REMINDER]);
    const [mail] = await shop.payerMails();
    expect(mail?.body.text).toContain("There is not enough money on this card");
    expect(mail?.body.text).toMatch(new RegExp(`/pay/${intent}\\.`));
    expect(await shop.failedPayment(intent)).toMatchObject({ status: "open", followUps: 3 });
    expect(lines().map(({ paymentId, result }) => [paymentId, result])).toEqual(
      Array(3).fill([intent, "sent"]),
    );
  });

  it("a failure in between starts the schedule again", async () => {
    const intent = await failedIntent();
    await shop.followUp(daysFromNow(1.1));
    await shop.emulator.control("POST", "clock", { advance: 2 * 86_400 });
    await shop.pay(intent, CARD.expired);
    await shop.deliverAll();
    await shop.mailFailures();
    await shop.mailbox.clear();
    await shop.followUp(daysFromNow(2.9));
    expect(await subjects()).toEqual([]);
    await shop.followUp(daysFromNow(3.1));
    expect((await shop.payerMails()).map(({ body }) => body.text)).toEqual([
      expect.stringContaining("This card has expired"),
    ]);
  });
});

describe("given a payment that has ended, and whose event has not arrived yet", () => {
  it.each([
    ["paid", (id: string) => shop.pay(id, CARD.good), "recovered"],
    ["canceled", (id: string) => shop.emulator.api(`payment_intents/${id}/cancel`, {}), "canceled"],
    ["another account's", () => shop.emulator.control("POST", "reset"), "missing"],
  ] as const)("%s: it is closed without a mail", async (_what, end, status) => {
    const intent = await failedIntent();
    await end(intent);
    await shop.followUp(daysFromNow(1.1));
    expect(await shop.mailbox.mails()).toEqual([]);
    const payment = await shop.failedPayment(intent);
    expect(payment).toMatchObject({ status });
    expect(payment?.followUpAt).toBeUndefined();
  });

  it("a payment that waits to be captured is left alone until the next day of the schedule", async () => {
    const intent = await shop.intent({ receipt_email: "ada@example.com", capture_method: "manual" });
    await shop.pay(intent, CARD.insufficient);
    await shop.deliverAll();
    await shop.mailFailures();
    await shop.mailbox.clear();
    await shop.pay(intent, CARD.good);
    await shop.followUp(daysFromNow(1.1));
    expect(await shop.mailbox.mails()).toEqual([]);
    expect(await shop.failedPayment(intent)).toMatchObject({ status: "open", followUps: 1 });
  });
});

describe("given a payer who has chosen to pay elsewhere", () => {
  const METHODS = [
    "oxxo",
    "multibanco",
    "boleto",
    "konbini",
    "customer_balance",
    "us_bank_account",
    "pix",
    "blik",
  ];
  const wait = (paymentIntent: string, given: object) =>
    shop.emulator.control("POST", "wait", { paymentIntent, ...given });

  it.each([
    ...sampleOf(METHODS, { every: 3 }).map((method) => [method, { method }] as const),
    ["a kind that Stripe adds later", { nextAction: { type: "teleport_cash" } }] as const,
  ])("%s: neither the mail about the earlier failure nor a reminder is sent", async (_what, given) => {
    const intent = await shop.intent();
    await shop.pay(intent, CARD.insufficient);
    await wait(intent, given);
    await shop.deliverAll();
    await shop.mailFailures();
    for (const days of [1.1, 3.1, 5.1]) await shop.followUp(daysFromNow(days));
    expect(await shop.payerMails()).toEqual([]);
    expect(await shop.failedPayment(intent)).toMatchObject({ status: "open", attempts: 1, mails: {} });
  });

  it("a payer who did not finish at the bank is reminded", async () => {
    const intent = await failedIntent();
    await wait(intent, { method: "ideal" });
    await shop.followUp(daysFromNow(1.1));
    expect(await subjects()).toEqual([REMINDER]);
  });

  it("a voucher that expires unpaid is a failure, with its own mail", async () => {
    const intent = await shop.intent();
    await wait(intent, { method: "oxxo" });
    await shop.emulator
      .control("POST", "settle", { paymentIntent: intent, outcome: "expired" })
      .catch(() => undefined);
    await shop.deliverAll();
    await shop.mailFailures();
    expect(await subjects()).toEqual(["Your payment of $42.00 did not go through"]);
  });
});

describe("given a code that says stop", () => {
  it.each([["stolen", CARD.stolen]])("a payment with a %s card gets no reminder", async (_what, card) => {
    await failedIntent(card);
    for (const days of [1.1, 3.1, 5.1]) await shop.followUp(daysFromNow(days));
    expect(await shop.payerMails()).toEqual([]);
  });
});

describe("given trouble", () => {
  it("two concurrent runs send each reminder once", async () => {
    const payments = tries({ sample: 2, whole: 12 });
    for (let i = 0; i < payments; i += 1) await shop.pay(await shop.intent(), CARD.expired);
    await shop.deliverAll();
    await shop.mailFailures();
    await shop.mailbox.clear();
    await Promise.all([shop.followUp(daysFromNow(1.1)), shop.followUp(daysFromNow(1.1))]);
    expect(await subjects()).toHaveLength(payments);
    await shop.followUp(daysFromNow(1.2));
    expect(await subjects()).toHaveLength(payments);
  });

  it("SES is down: the reminder stays due, and the next run sends it", async () => {
    const intent = await failedIntent();
    shop.mailbox.fail("down");
    await shop.followUp(daysFromNow(1.1));
    expect(await subjects()).toEqual([]);
    expect(lines()).toMatchObject([{ paymentId: intent, outcome: "failed", code: "SERVICE_UNAVAILABLE" }]);
    await shop.followUp(daysFromNow(1.2));
    expect(await subjects()).toEqual([REMINDER]);
  });

  it("SES's response is lost: that reminder is not sent again, but the next one is sent", async () => {
    await failedIntent();
    shop.mailbox.fail("lost");
    for (const days of [1.1, 1.2, 2]) await shop.followUp(daysFromNow(days));
    expect(await subjects()).toEqual([REMINDER]);
    await shop.followUp(daysFromNow(3.1));
    expect(await subjects()).toEqual([REMINDER, REMINDER]);
  });

  it("Stripe does not respond: the payment stays due, and the other payers are reminded", async () => {
    const intent = await failedIntent();
    await shop.pay(await shop.intent(), CARD.expired);
    await shop.deliverAll();
    await shop.mailFailures();
    await shop.mailbox.clear();
    await shop.emulator.control("POST", "faults", {
      kind: "status",
      status: 500,
      times: 2,
      match: { method: "GET", path: `/v1/payment_intents/${intent}` },
    });
    await shop.followUp(daysFromNow(1.1));
    expect(await subjects()).toHaveLength(1);
    expect((await shop.failedPayment(intent))?.followUps).toBe(0);
    await shop.followUp(daysFromNow(1.2));
    expect(await subjects()).toHaveLength(2);
  });

  it("a reminder that another run is sending is left to that run, and given up once that run must have died", async () => {
    const intent = await failedIntent();
    const at = daysFromNow(1.1);
    await changeFailedPayment(intent, (payment) =>
      withClaim(payment, followUpMail(payment?.lastAttempt ?? "", 1), {
        state: "sending",
        owner: "another run",
        at: Math.floor(at.getTime() / 1000),
      }),
    );
    await shop.followUp(at);
    expect(await shop.failedPayment(intent)).toMatchObject({ followUps: 0 });
    await shop.followUp(new Date(at.getTime() + 16 * 60_000));
    expect(await shop.failedPayment(intent)).toMatchObject({ followUps: 1 });
    expect(await subjects()).toEqual([]);
  });

  it("a run without enough time begins nothing", async () => {
    await failedIntent();
    const run = { dueAt: daysFromNow(1.1), requestId: "run", ...timeLeft(10_000) };
    expect(await followUpFailedPayments(run, mails)).toEqual({});
    expect(lines()).toEqual([]);
  });
});
