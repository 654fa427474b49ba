/**
 * At most one mail is sent for an attempt and for a reminder, despite events that arrive twice, late and in any order,
 * concurrent runs, and deaths before and after any call.
 */
import { randomUUID } from "node:crypto";
import { afterAll, beforeAll, beforeEach, describe, expect, it, jest } from "@jest/globals";
import fc from "fast-check";
import { CARD, FAILURE_MAIL_SECONDS, openShop, type Shop } from "../lib/failed-payments/shop.ts";
import { tries } from "../steps/effort.ts";
import * as given from "../steps/given.ts";
import { type MortalServices, mortalServices } from "../steps/mortal-services.ts";
import { movableClock } from "../steps/movable-clock.ts";
import type { EmulatedEvent } from "../steps/stripe-emulator-client.ts";

const LEASE_MS = 21_000;
const CLAIM_LEASE_MS = 15 * 60 * 1000;
const DAY_MS = 24 * 60 * 60 * 1000;

let shop: Shop;
let services: MortalServices;
let clock: ReturnType<typeof movableClock>;
given.capturedLog();
beforeAll(async () => {
  shop = await openShop();
  services = await mortalServices([
    "AWS_ENDPOINT_URL_DYNAMODB",
    "AWS_ENDPOINT_URL_SNS",
    "AWS_ENDPOINT_URL_SES",
    "STRIPE_API_BASE",
  ]);
  clock = movableClock();
});
beforeEach(() => services.begin([]));
afterAll(async () => {
  jest.useRealTimers();
  await services.close();
  await shop.close();
});

/** By card, a phrase that only the mail about this card contains. */
const SENTENCES = {
  insufficient: "There is not enough money",
  expired: "This card has expired",
  wrongCvc: "The security code is incorrect",
  processing: "could not be processed right now",
} as const;
type Refused = keyof typeof SENTENCES;

const newAddress = () => `${randomUUID()}@example.com`;

/** Delivers until the event is done, beyond the leases of consumers that died. */
async function deliverUntilDone(event: EmulatedEvent): Promise<void> {
  for (let life = 0; life < 6; life += 1) {
    const isDone = await shop.deliver(event);
    const died = services.isDead;
    services.revive();
    if (isDone && !died) return;
    clock.advance(LEASE_MS);
  }
  throw new Error(`${event.type} was not done after six lives`);
}

/** Runs until two runs in a row have ended, beyond the lease of one that died. */
async function runUntilDone(): Promise<void> {
  let ended = 0;
  for (let life = 0; life < 8; life += 1) {
    await shop.followUp(new Date()).catch(() => undefined);
    ended = services.isDead ? 0 : ended + 1;
    services.revive();
    if (ended === 2) return;
    clock.advance(CLAIM_LEASE_MS);
  }
  throw new Error("The mail was not done after eight lives");
}

describe("given a run that is killed before or after any call", () => {
  it("one mail is sent; none only if the run died between the claim and its outcome", async () => {
    const failure = async () => {
      const address = newAddress();
      const intent = await shop.intent({ receipt_email: address });
      clock.advance(60_000);
      await shop.pay(intent, CARD.expired);
      const events = await shop.events();
      return { address, intent, event: events.filter(({ type }) => type.endsWith("payment_failed"))[0] };
    };
    const run = async (call: number, when: "before" | "after") => {
      const { address, intent, event } = await failure();
      if (event === undefined) throw new Error("The emulator sent no event of a failure");
      await deliverUntilDone(event);
      clock.advance(FAILURE_MAIL_SECONDS * 1000);
      services.begin([{ call, when }]);
      await runUntilDone();
      const calls = services.reached.length;
      services.spare();
      const mails = (await shop.payerMails(address)).length;
      const payment = await shop.failedPayment(intent);
      expect(payment).toMatchObject({ status: "open", attempts: 1 });
      const [claim] = Object.values(payment?.mails ?? {});
      return { calls, mails, state: claim?.state };
    };
    const { calls, mails } = await run(1_000, "before");
    expect(mails).toBe(1);
    const outcomes = [];
    for (let call = 0; call < calls; call += 1) {
      for (const when of ["before", "after"] as const) outcomes.push(await run(call, when));
    }
    expect(outcomes.filter(({ mails }) => mails > 1)).toEqual([]);
    const unsent = outcomes.filter(({ mails }) => mails === 0);
    expect(unsent.every(({ state }) => state === "sending")).toBe(true);
    // After the claim was written and before SES was called.
    expect(unsent).toHaveLength(2);
    // After SES, around the read and before the write of the outcome.
    expect(outcomes.filter(({ mails, state }) => mails === 1 && state === "sending")).toHaveLength(4);
  });
});

type Step =
  | { readonly kind: "fail"; readonly card: Refused | "stolen" }
  | { readonly kind: "deliver"; readonly at: number; readonly again: boolean }
  | { readonly kind: "minutes" }
  | { readonly kind: "day"; readonly days: number }
  | { readonly kind: "pay" }
  | { readonly kind: "cancel" };

const step: fc.Arbitrary<Step> = fc.oneof(
  {
    weight: 4,
    arbitrary: fc.record({
      kind: fc.constant("fail" as const),
      card: fc.constantFrom<Refused>("insufficient", "expired", "wrongCvc", "processing"),
    }),
  },
  { weight: 1, arbitrary: fc.constant({ kind: "fail", card: "stolen" } as const) },
  {
    weight: 6,
    arbitrary: fc.record({ kind: fc.constant("deliver" as const), at: fc.nat(20), again: fc.boolean() }),
  },
  { weight: 4, arbitrary: fc.constant({ kind: "minutes" } as const) },
  { weight: 4, arbitrary: fc.record({ kind: fc.constant("day" as const), days: fc.constantFrom(1, 2) }) },
  { weight: 1, arbitrary: fc.constant({ kind: "pay" } as const) },
  { weight: 1, arbitrary: fc.constant({ kind: "cancel" } as const) },
);
/** A death in the middle of the step, in one of three. */
const death = fc.option(
  fc.record({ call: fc.nat(16), when: fc.constantFrom("before" as const, "after" as const) }),
  { freq: 2 },
);
const MAX_STEPS = tries({ sample: 8, whole: 14 });

describe("given anything that can happen to a payment", () => {
  it("no attempt and no reminder gets a second mail, and none is sent after the end or after a code that says stop", () =>
    fc.assert(
      fc.asyncProperty(
        fc.array(fc.tuple(step, death), { minLength: 5, maxLength: MAX_STEPS }),
        async (steps) => {
          const payment = await aPayment();
          for (const [next, kill] of steps) {
            services.begin(kill === null ? [] : [kill]);
            await payment.take(next);
            services.begin([]);
            await payment.check();
          }
          await payment.end();
        },
      ),
      { numRuns: tries({ sample: 1, whole: 10 }) },
    ));
});

/** One payment, its history, and what must be true of its mails after each step. */
async function aPayment() {
  const address = newAddress();
  const intent = await shop.intent({ receipt_email: address });
  const waiting: EmulatedEvent[] = [];
  const delivered: EmulatedEvent[] = [];
  const used = new Set<string>();
  /** Set when no further mail may be sent. */
  let isOver = false;
  let hasStopped = false;
  let mailsAtEnd = 0;
  let mailsBefore = 0;
  let allowed = 0;

  const mails = async () => (await shop.payerMails(address)).map(({ subject, body }) => ({ subject, body }));
  const gather = async () => waiting.push(...(await shop.events()));
  const finish = async () => {
    if (!isOver) mailsAtEnd = (await mails()).length;
    isOver = true;
  };
  const deliver = async (event: EmulatedEvent) => {
    const isDone = (await shop.deliver(event).catch(() => false)) && !services.isDead;
    clock.advance(LEASE_MS);
    return isDone;
  };

  await gather();
  return {
    async take(next: Step): Promise<void> {
      allowed = 0;
      switch (next.kind) {
        case "fail":
          if (isOver || used.has(next.card)) return;
          used.add(next.card);
          clock.advance(60_000);
          await shop.pay(intent, CARD[next.card]);
          await gather();
          return;
        case "deliver": {
          const source = next.again && delivered.length > 0 ? delivered : waiting;
          const event = source[next.at % Math.max(1, source.length)];
          if (event === undefined) return;
          const copy = next.again ? { ...event, id: `evt_${randomUUID()}` } : event;
          const isDone = await deliver(copy);
          if (isDone && JSON.stringify(event).includes("stolen_card")) hasStopped = true;
          if (!isDone || source === delivered) return;
          waiting.splice(waiting.indexOf(event), 1);
          delivered.push(event);
          return;
        }
        case "minutes":
        case "day":
          allowed = 1;
          clock.advance(next.kind === "day" ? next.days * DAY_MS : FAILURE_MAIL_SECONDS * 1000);
          await Promise.allSettled([shop.followUp(new Date()), shop.followUp(new Date())]);
          return;
        case "pay":
        case "cancel":
          if (isOver) return;
          if (next.kind === "pay") await shop.pay(intent, CARD.good);
          else await shop.emulator.api(`payment_intents/${intent}/cancel`, {});
          await gather();
          return finish();
      }
    },

    async check(): Promise<void> {
      const all = await mails();
      expect(all.length - mailsBefore).toBeLessThanOrEqual(allowed);
      mailsBefore = all.length;
      for (const sentence of Object.values(SENTENCES)) {
        const about = all.filter(({ body }) => body.text.includes(sentence));
        const reminders = about.filter(({ subject }) => subject.startsWith("Reminder"));
        expect(about.length - reminders.length).toBeLessThanOrEqual(1);
        expect(reminders.length).toBeLessThanOrEqual(3);
      }
      const told = Object.values(SENTENCES);
      expect(all.every(({ body }) => told.some((sentence) => body.text.includes(sentence)))).toBe(true);
      if (hasStopped && !isOver) await finish();
      if (isOver) expect(all).toHaveLength(mailsAtEnd);
    },

    /** Delivers the remaining events, and then sends the last reminders. */
    async end(): Promise<void> {
      for (const event of waiting.splice(0)) await deliverUntilDone(event);
      for (let day = 0; day < 7; day += 1) {
        clock.advance(DAY_MS);
        await shop.followUp(new Date());
      }
      allowed = Number.MAX_SAFE_INTEGER;
      await this.check();
      const payment = await shop.failedPayment(intent);
      if (payment !== undefined) expect(payment.followUpAt).toBeUndefined();
    },
  };
}
