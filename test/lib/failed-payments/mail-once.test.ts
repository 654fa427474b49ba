/** A mail about a failed payment, when SES fails in various ways. */
import { afterAll, afterEach, beforeAll, describe, expect, it } from "@jest/globals";
import * as given from "../../steps/given.ts";
import { CARD, openShop, type Shop } from "./shop.ts";

let shop: Shop;
const log = given.capturedLog();
beforeAll(async () => {
  shop = await openShop();
});
afterEach(() => shop.mailbox.clear());
afterAll(async () => {
  await shop.close();
});

/** Lines of the log since the last call. */
function lines(): Record<string, unknown>[] {
  const written = log.lines();
  log.clear();
  return written;
}

describe("given a mistake in our set-up of SES", () => {
  it.each([
    ["unverified", "ses-identity", "MessageRejected"],
    ["denied", "ses-permission", "AccessDenied"],
  ] as const)(
    "%s: the mail stays due, and the log has an alarm and the cause, without an address",
    async (fault, alarm, cause) => {
      const intent = await shop.intent();
      await shop.pay(intent, CARD.expired);
      await shop.deliverAll();
      lines();
      shop.mailbox.fail(fault);
      await shop.mailFailures();
      expect(await shop.failedPayment(intent)).toMatchObject({ mails: {}, failureMailDue: true });
      const written = lines();
      expect(written).toContainEqual(
        expect.objectContaining({ alarm, level: "error", cause: expect.stringContaining(cause) }),
      );
      expect(JSON.stringify(written)).not.toMatch(/@example|identities/);
      await shop.mailFailures();
      expect(await shop.payerMails()).toHaveLength(1);
    },
  );
});

describe("given SES in trouble", () => {
  it.each(["throttled", "down"] as const)(
    "%s: the mail stays due, and the next run sends it",
    async (fault) => {
      const intent = await shop.intent();
      await shop.pay(intent, CARD.expired);
      await shop.deliverAll();
      shop.mailbox.fail(fault);
      await shop.mailFailures();
      expect(await shop.payerMails()).toEqual([]);
      expect(await shop.failedPayment(intent)).toMatchObject({ mails: {}, failureMailDue: true });
      await shop.mailFailures();
      expect(await shop.payerMails()).toHaveLength(1);
      expect(await shop.failedPayment(intent)).toMatchObject({ attempts: 1 });
    },
  );

  it.each(["throttled", "down"] as const)(
    "%s: the event fails, and the administrator's mail is sent when the event is delivered again",
    async (fault) => {
      const intent = await shop.intent();
      await shop.pay(intent, CARD.stolen);
      const failed = (await shop.events()).filter(({ type }) => type === "payment_intent.payment_failed");
      shop.mailbox.fail(fault);
      expect(await shop.deliver(failed[0] ?? {})).toBe(false);
      expect(await shop.adminMails()).toEqual([]);
      expect((await shop.failedPayment(intent))?.mails).toEqual({});
      expect(await shop.deliver(failed[0] ?? {})).toBe(true);
      expect(await shop.adminMails()).toHaveLength(1);
      expect(await shop.failedPayment(intent)).toMatchObject({ attempts: 1 });
    },
  );

  it.each([
    ["refused", "refused", 0],
    ["lost", "sending", 1],
    ["broken", "sending", 0],
  ] as const)(
    "%s: the claim stays %s, and no later run or delivery sends the mail again",
    async (fault, state, mails) => {
      lines();
      const intent = await shop.intent();
      await shop.pay(intent, CARD.expired);
      const events = await shop.events();
      for (const event of events) expect(await shop.deliver(event)).toBe(true);
      shop.mailbox.fail(fault);
      await shop.mailFailures();
      for (const event of events) {
        expect(await shop.deliver({ ...event, id: `evt_${crypto.randomUUID()}` })).toBe(true);
      }
      await shop.mailFailures();
      expect(await shop.payerMails()).toHaveLength(mails);
      expect(Object.values((await shop.failedPayment(intent))?.mails ?? {})).toMatchObject([{ state }]);
      expect(lines()).toContainEqual(
        expect.objectContaining({
          event: "failed-payment.mail",
          outcome: "failed",
          result: fault === "refused" ? "refused" : "unknown",
        }),
      );
    },
  );
});
