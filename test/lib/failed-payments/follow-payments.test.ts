/** Failed payments through the consumers: what is recorded, and who gets a mail. */
import { afterAll, afterEach, beforeAll, describe, expect, it } from "@jest/globals";
import type { FailedPayment } from "../../../lib/failed-payments/failed-payment.ts";
import { changeFailedPayment } from "../../../lib/failed-payments/failed-payment-table.ts";
import { attemptMail } from "../../../lib/failed-payments/mail-claims.ts";
import { openPayToken } from "../../../lib/pay-link/pay-token.ts";
import { tries } from "../../steps/effort.ts";
import * as given from "../../steps/given.ts";
import { CARD, daysFromNow, FAILURE_MAIL_SECONDS, openShop, type Shop } from "./shop.ts";

let shop: Shop;
const log = given.capturedLog();
beforeAll(async () => {
  shop = await openShop();
});
afterEach(async () => {
  // Ends the mails about the payments that a test has left: they no longer exist at Stripe.
  await shop.emulator.control("POST", "reset");
  await shop.followUp(daysFromNow(50));
  await shop.mailbox.clear();
});
afterAll(async () => {
  await shop.close();
});

/** The run of the schedule this many days after the latest failure of the payment. */
async function followUpAfter(intent: string, days: number): Promise<void> {
  const { lastFailedAt = 0 } = (await shop.failedPayment(intent)) ?? {};
  await shop.followUp(new Date((lastFailedAt + days * 86_400 + 1) * 1000));
}

/** Lines of the log since the last call. */
function lines(): Record<string, unknown>[] {
  const written = log.lines();
  log.clear();
  return written;
}

describe("given a payment that is declined", () => {
  it("the payer reads what to do about that code, with a new link to our pay page", async () => {
    const intent = await shop.failedIntent(CARD.insufficient);
    const [mail, ...others] = await shop.payerMails();
    expect(others).toEqual([]);
    expect(mail?.subject).toBe("Your payment of $42.00 did not go through");
    expect(mail?.body.text).toContain("There is not enough money on this card");
    const token = /https:\/\/pay\.example\.com\/pay\/(\S+)/.exec(mail?.body.text ?? "")?.[1];
    expect(openPayToken(token ?? "", ["app-secret-of-the-tests"], new Date())).toMatchObject({
      ok: true,
      objectId: intent,
    });
    expect(`${mail?.subject}${mail?.body.html}${mail?.body.text}`).not.toMatch(
      /\{\{|\}\}|undefined|_secret_/,
    );
    expect(await shop.adminMails()).toEqual([]);
  });

  it("it is recorded with its code and attempt, without personal data", async () => {
    const intent = await shop.failedIntent(CARD.insufficient);
    const payment = await shop.failedPayment(intent);
    const attempt = payment?.attemptKeys[0] ?? "";
    expect(attempt).toMatch(/^ch_/);
    expect(payment).toEqual({
      paymentId: intent,
      status: "open",
      attempts: 1,
      attemptKeys: [attempt],
      lastAttempt: attempt,
      lastDeclineCode: "insufficient_funds",
      lastAdviceCode: "try_again_later",
      lastFailedAt: expect.any(Number),
      amount: 4200,
      currency: "usd",
      followUps: 0,
      followUpAt: (payment?.lastFailedAt ?? 0) + 86_400,
      mails: {
        [`attempt:${attempt}`]: {
          ...{ state: "sent", owner: expect.any(String), at: expect.any(Number) },
          to: expect.stringMatching(/^[\w-]{43}$/),
        },
      },
    });
  });

  it("the log counts the attempt by its code, and the payment once", async () => {
    lines();
    const intent = await shop.failedIntent(CARD.expired);
    await shop.pay(intent, CARD.expired);
    await shop.deliverAll();
    const told = lines();
    const recorded = told.filter(({ event }) => event === "failed-payment.recorded");
    expect(recorded).toMatchObject([
      { declineCode: "expired_card", attempts: 1, PaymentFailures: 1, PaymentsFailed: 1 },
      { declineCode: "expired_card", attempts: 2, PaymentFailures: 1 },
    ]);
    expect(recorded[1]).not.toHaveProperty("PaymentsFailed");
    expect(JSON.stringify(told)).not.toContain("ada@");
  });

  it.each([
    ["an event delivered again", (event: object) => event],
    [
      "another event of the same attempt",
      (event: object) => ({ ...event, id: `evt_${crypto.randomUUID()}` }),
    ],
  ])("%s neither counts as a second attempt nor sends a second mail", async (_what, repeated) => {
    const intent = await shop.intent();
    await shop.pay(intent, CARD.wrongCvc);
    const events = await shop.events();
    for (const event of events) await shop.deliver(event);
    for (const event of events) expect(await shop.deliver(repeated(event))).toBe(true);
    await shop.mailFailures();
    for (const event of events) expect(await shop.deliver(repeated(event))).toBe(true);
    await shop.mailFailures();
    expect(await shop.payerMails()).toHaveLength(1);
    expect(await shop.failedPayment(intent)).toMatchObject({ attempts: 1 });
  });

  it("each further attempt gets its own mail, and the reminders start again", async () => {
    const intent = await shop.failedIntent(CARD.expired);
    await shop.emulator.control("POST", "clock", { advance: 3600 });
    const { lastFailedAt: before = 0 } = (await shop.failedPayment(intent)) ?? {};
    await shop.pay(intent, CARD.wrongCvc);
    await shop.deliverAll();
    await shop.mailFailures();
    expect((await shop.payerMails()).map(({ body }) => body.text)).toEqual([
      expect.stringContaining("This card has expired"),
      expect.stringContaining("The security code is incorrect"),
    ]);
    const payment = await shop.failedPayment(intent);
    expect(payment).toMatchObject({ attempts: 2, lastDeclineCode: "incorrect_cvc", followUps: 0 });
    expect(payment?.followUpAt).toBeGreaterThanOrEqual(before + 3600 + 86_400);
  });

  it("of two attempts whose events arrive in the wrong order, only the latest gets a mail", async () => {
    const intent = await shop.intent();
    await shop.pay(intent, CARD.expired);
    await shop.emulator.control("POST", "clock", { advance: 60 });
    await shop.pay(intent, CARD.wrongCvc);
    for (const event of (await shop.events()).reverse()) await shop.deliver(event);
    await shop.mailFailures();
    expect((await shop.payerMails()).map(({ body }) => body.text)).toEqual([
      expect.stringContaining("The security code is incorrect"),
    ]);
    expect(await shop.failedPayment(intent)).toMatchObject({ attempts: 2, lastDeclineCode: "incorrect_cvc" });
  });
});

describe("given a payer who is still trying", () => {
  it("nothing is mailed until ten minutes after the last failure, and then one mail about that failure", async () => {
    const intent = await shop.intent();
    const counts = [];
    for (const card of [CARD.expired, CARD.insufficient, CARD.wrongCvc]) {
      await shop.pay(intent, card);
      await shop.deliverAll();
      const { lastFailedAt = 0 } = (await shop.failedPayment(intent)) ?? {};
      await shop.followUp(new Date((lastFailedAt + FAILURE_MAIL_SECONDS - 1) * 1000));
      counts.push((await shop.payerMails()).length);
      await shop.emulator.control("POST", "clock", { advance: FAILURE_MAIL_SECONDS - 60 });
    }
    expect(counts).toEqual([0, 0, 0]);
    await shop.mailFailures();
    await shop.mailFailures();
    expect((await shop.payerMails()).map(({ body }) => body.text)).toEqual([
      expect.stringContaining("The security code is incorrect"),
    ]);
  });

  it("one who has paid by then gets no mail, even if the event of the success is still on its way", async () => {
    const intent = await shop.intent();
    await shop.pay(intent, CARD.expired);
    await shop.deliverAll();
    await shop.pay(intent, CARD.good);
    await shop.mailFailures();
    expect(await shop.payerMails()).toEqual([]);
    expect(await shop.failedPayment(intent)).toMatchObject({ status: "recovered" });
  });
});

describe("given the link in a mail about a failure", () => {
  const tokenIn = (mail: { readonly body: { readonly text: string } } | undefined) =>
    /https:\/\/pay\.example\.com\/pay\/(\S+)/.exec(mail?.body.text ?? "")?.[1] ?? "";

  it("it ends seven days after the payment was created, no matter how often it fails", async () => {
    const intent = await shop.intent();
    const [created] = (await shop.emulator.eventsSince(0)).slice(-1);
    for (const card of [CARD.expired, CARD.insufficient]) {
      await shop.emulator.control("POST", "clock", { advance: 3 * 86_400 });
      await shop.pay(intent, card);
      await shop.deliverAll();
      await shop.mailFailures();
    }
    const mails = await shop.payerMails();
    expect(mails).toHaveLength(2);
    for (const mail of mails) {
      expect(openPayToken(tokenIn(mail), ["app-secret-of-the-tests"], new Date())).toMatchObject({
        ok: true,
        expiresAt: (created?.created ?? 0) + 7 * 86_400,
      });
    }
  });

  it("a failure after that is mailed without a link, and no reminder follows", async () => {
    const intent = await shop.intent();
    await shop.emulator.control("POST", "clock", { advance: 8 * 86_400 });
    await shop.pay(intent, CARD.expired);
    await shop.deliverAll();
    await shop.mailFailures();
    const [mail, ...others] = await shop.payerMails();
    expect(others).toEqual([]);
    expect(tokenIn(mail)).toBe("");
    expect(mail?.body.text).toContain("The link to pay has expired");
    expect(mail?.body.html).toContain("The link to pay has expired");
    for (const day of [1, 3, 5]) await followUpAfter(intent, day);
    expect(await shop.payerMails()).toHaveLength(1);
    expect(await shop.failedPayment(intent)).not.toHaveProperty("followUpAt");
  });
});

describe("given what the card's issuer advises", () => {
  it.each([
    ["try_again_later", "Try again in a moment"],
    ["confirm_card_data", "The card details are incorrect or out of date"],
    ["do_not_try_again", "This card cannot be used for this purchase. Use another card"],
  ])("%s: the mail about a plain decline and its reminder say so", async (advice, words) => {
    const intent = await shop.intent();
    await shop.pay(intent, CARD.declined);
    for (const event of await shop.events()) {
      const advised = JSON.stringify(event).replace(
        '"advice_code":"try_again_later"',
        `"advice_code":"${advice}"`,
      );
      expect(await shop.deliver(JSON.parse(advised))).toBe(true);
    }
    await shop.mailFailures();
    await followUpAfter(intent, 1);
    const texts = (await shop.payerMails()).map(({ body }) => body.text);
    expect(texts).toEqual([expect.stringContaining(words), expect.stringContaining(words)]);
    expect(await shop.failedPayment(intent)).toMatchObject({ lastAdviceCode: advice });
  });

  it("a later failure without advice does not keep the advice of the one before", async () => {
    const intent = await shop.failedIntent(CARD.expired);
    expect(await shop.failedPayment(intent)).toMatchObject({ lastAdviceCode: "do_not_try_again" });
    await shop.pay(intent, CARD.wrongCvc);
    const [failure] = (await shop.events()).filter(({ type }) => type === "payment_intent.payment_failed");
    await shop.deliver(JSON.parse(JSON.stringify(failure).replace(/"advice_code":"\w+",/g, "")));
    expect(await shop.failedPayment(intent)).not.toHaveProperty("lastAdviceCode");
  });
});

describe("given a code that says stop", () => {
  it.each([
    ["stolen_card", CARD.stolen],
    ["lost_card", CARD.lost],
  ])(
    "%s: the payer gets no mail and no reminder, and the administrator gets one mail",
    async (code, card) => {
      const intent = await shop.failedIntent(card);
      await shop.pay(intent, card);
      await shop.deliverAll();
      await shop.mailFailures();
      expect(await shop.payerMails()).toEqual([]);
      const payment = await shop.failedPayment(intent);
      expect(payment).toMatchObject({ status: "refused", attempts: 2, lastDeclineCode: code });
      expect(payment?.followUpAt).toBeUndefined();
      const [mail, ...others] = await shop.adminMails();
      expect(others).toEqual([]);
      expect(mail?.subject).toBe(`A failed payment of $42.00 needs a look: ${code}`);
      expect(mail?.body.text).toContain(`https://dashboard.stripe.com/test/payments/${intent}`);
      expect(mail?.body.text).toContain("a code that a person should look into");
      expect(JSON.stringify(mail?.body)).not.toContain("ada@");
    },
  );

  it("later attempts get no mail, and the payment can still be paid", async () => {
    const intent = await shop.failedIntent(CARD.stolen);
    await shop.pay(intent, CARD.insufficient);
    await shop.deliverAll();
    expect(await shop.failedPayment(intent)).toMatchObject({ status: "refused", attempts: 2 });
    await shop.mailFailures();
    await shop.pay(intent, CARD.good);
    await shop.deliverAll();
    expect(await shop.failedPayment(intent)).toMatchObject({ status: "recovered" });
    expect(await shop.payerMails()).toEqual([]);
  });
});

/** The payment after this many further attempts, each of which was mailed. */
function withMailedAttempts(payment: FailedPayment, count: number): FailedPayment {
  const claim = { state: "sent", owner: "a run", at: payment.lastFailedAt, to: "digest" } as const;
  const mails = Array.from({ length: count }, (_, n) => [attemptMail(`ch_recorded${n}`), claim] as const);
  return {
    ...payment,
    attempts: payment.attempts + count,
    mails: { ...payment.mails, ...Object.fromEntries(mails) },
  };
}

describe("given many attempts", () => {
  it("the administrator gets one mail, at the third; the payer's mails end at the tenth", async () => {
    const intent = await shop.intent();
    // `npm test` plays the first three attempts and the last ones, and records those in between with their mails.
    const recorded = tries({ sample: 5, whole: 0 });
    for (let attempt = 1; attempt <= 12 - recorded; attempt += 1) {
      await shop.pay(intent, CARD.declined);
      await shop.deliverAll();
      await shop.mailFailures();
      expect(await shop.adminMails()).toHaveLength(attempt < 3 ? 0 : 1);
      if (attempt === 3) {
        await changeFailedPayment(intent, (payment) => payment && withMailedAttempts(payment, recorded));
      }
    }
    expect((await shop.adminMails())[0]?.body.text).toContain("has failed 3 times");
    expect(await shop.payerMails()).toHaveLength(10 - recorded);
    expect(await shop.failedPayment(intent)).toMatchObject({ attempts: 12 });
  });

  it("if no administrator's address is set, that is recorded, and no mail is sent", async () => {
    process.env.ADMIN_EMAIL = "";
    const intent = await shop.failedIntent(CARD.stolen);
    process.env.ADMIN_EMAIL = "boss@example.com";
    expect(await shop.mailbox.mails()).toEqual([]);
    expect((await shop.failedPayment(intent))?.mails["admin:code"]).toMatchObject({ state: "unaddressed" });
  });
});

describe("given the payer's address", () => {
  /** What a browser with the client secret can do: it pays with a card and addresses of its choice. */
  async function payFromBrowser(intent: string, form: Readonly<Record<string, string>>): Promise<void> {
    const found = await fetch(`${shop.stripeUrl}/v1/payment_intents/${intent}`, {
      headers: { authorization: "Bearer sk_test_local" },
    });
    await fetch(`${shop.stripeUrl}/v1/payment_intents/${intent}/confirm`, {
      method: "POST",
      headers: { authorization: "Bearer pk_test_local" },
      body: new URLSearchParams({
        client_secret: String(JSON.parse(await found.text()).client_secret),
        return_url: "https://pay.example.com/pay/token",
        "payment_method_data[type]": "card",
        "payment_method_data[card][number]": CARD.expired,
        "payment_method_data[card][exp_month]": "12",
        "payment_method_data[card][exp_year]": "2040",
        ...form,
      }),
    });
    await shop.deliverAll();
    await shop.mailFailures();
  }
  const strangers = {
    receipt_email: "eve@example.com",
    "payment_method_data[billing_details][email]": "mallory@example.com",
  };

  it("the receipt address with which the payment was created is used", async () => {
    const intent = await shop.intent({ receipt_email: "ada@example.com" });
    await payFromBrowser(intent, {});
    expect(await shop.payerMails("ada@example.com")).toHaveLength(1);
  });

  it("it is found among the events of many payments that were created in the same second", async () => {
    await shop.emulator.control("POST", "clock", { advance: 60 });
    const intent = await shop.intent({ receipt_email: "ada@example.com" });
    const [created] = await shop.events();
    if (created === undefined) throw new Error("The emulator sent no event of the new payment");
    await shop.deliver(created);
    for (let payment = 0; payment < 120; payment += 1) await shop.intent({});
    // Stripe lists the others' events, but their consumers have nothing to do with this payment.
    await shop.events();
    await payFromBrowser(intent, {});
    expect(await shop.payerMails("ada@example.com")).toHaveLength(1);
  });

  it.each([
    ["the customer's address", "customer"],
    ["nobody", undefined],
  ])("addresses entered by the holder of the link get nothing; the mail goes to %s", async (_what, given) => {
    const customer = given && (await shop.emulator.api("customers", { email: "ada@example.com" })).id;
    const intent = await shop.intent(customer === undefined ? {} : { customer });
    await payFromBrowser(intent, strangers);
    await followUpAfter(intent, 1);
    const addressees = (await shop.mailbox.mails()).flatMap(({ destination }) => destination.to);
    expect(new Set(addressees)).toEqual(new Set(customer === undefined ? [] : ["ada@example.com"]));
    expect((await shop.failedPayment(intent))?.attempts).toBe(1);
  });

  it("an address that replaces the receipt address gets nothing either", async () => {
    const intent = await shop.intent({ receipt_email: "ada@example.com" });
    await payFromBrowser(intent, strangers);
    expect(await shop.mailbox.mails()).toEqual([]);
    expect(Object.values((await shop.failedPayment(intent))?.mails ?? {})).toMatchObject([
      { state: "unaddressed" },
    ]);
  });

  it("without either, the customer's address is used", async () => {
    const customer = await shop.emulator.api("customers", { email: "eve@example.com" });
    await shop.failedIntent(CARD.expired, { customer: customer.id });
    expect(await shop.payerMails("eve@example.com")).toHaveLength(1);
  });

  it("the mails are in the language that the customer prefers, and the reminders too", async () => {
    const customer = await shop.emulator.api("customers", {
      email: "eve@example.com",
      "preferred_locales[0]": "de-AT",
    });
    const intent = await shop.failedIntent(CARD.expired, { customer: customer.id });
    await followUpAfter(intent, 1);
    const subjects = (await shop.payerMails("eve@example.com")).map(({ subject }) => subject);
    expect(subjects).toEqual([expect.stringContaining("Zahlung"), expect.stringContaining("Zahlung")]);
  });

  it("without any address, that is recorded and logged, and no mail is sent", async () => {
    lines();
    const intent = await shop.failedIntent(CARD.expired, {});
    expect(await shop.mailbox.mails()).toEqual([]);
    const payment = await shop.failedPayment(intent);
    expect(Object.values(payment?.mails ?? {})).toMatchObject([{ state: "unaddressed" }]);
    expect(lines()).toContainEqual(
      expect.objectContaining({ event: "failed-payment.mail", result: "unaddressed", paymentId: intent }),
    );
  });
});

describe("given the end of a payment", () => {
  it("a payment paid after a failure is recovered, and counted once", async () => {
    const intent = await shop.failedIntent(CARD.expired);
    lines();
    await shop.pay(intent, CARD.good);
    const events = await shop.events();
    for (const event of events) await shop.deliver(event);
    for (const event of events) await shop.deliver({ ...event, id: `evt_${crypto.randomUUID()}` });
    const payment = await shop.failedPayment(intent);
    expect(payment).toMatchObject({ status: "recovered" });
    expect(payment?.followUpAt).toBeUndefined();
    expect(lines().filter(({ PaymentsRecovered }) => PaymentsRecovered === 1)).toMatchObject([
      { event: "failed-payment.closed", status: "recovered", paymentId: intent },
    ]);
  });

  it("a canceled payment is closed as canceled", async () => {
    const intent = await shop.failedIntent(CARD.expired);
    await shop.emulator.api(`payment_intents/${intent}/cancel`, {});
    await shop.deliverAll();
    expect(await shop.failedPayment(intent)).toMatchObject({ status: "canceled" });
  });

  it("a failure that arrives after the success opens nothing and sends no mail", async () => {
    const intent = await shop.intent();
    await shop.pay(intent, CARD.stolen);
    await shop.pay(intent, CARD.good);
    for (const event of (await shop.events()).reverse()) expect(await shop.deliver(event)).toBe(true);
    await shop.mailFailures();
    expect(await shop.failedPayment(intent)).toBeUndefined();
    expect(await shop.mailbox.mails()).toEqual([]);
  });

  it("a failure whose success is still on its way gets no mail", async () => {
    const intent = await shop.intent();
    // Within one second of the creation, Stripe would be asked which event came last.
    await shop.emulator.control("POST", "clock", { advance: 60 });
    await shop.pay(intent, CARD.expired);
    const failures = await shop.events();
    await shop.pay(intent, CARD.good);
    for (const event of failures) await shop.deliver(event);
    await shop.mailFailures();
    expect(await shop.payerMails()).toEqual([]);
    expect(await shop.failedPayment(intent)).toMatchObject({ status: "recovered", attempts: 1 });
    await shop.deliverAll();
    expect(await shop.failedPayment(intent)).toMatchObject({ status: "recovered", attempts: 1 });
  });
});
