/** A shop with real parts: the Stripe emulator's payments and events, the consumers and the scheduled run, the mailbox. */
import { handler as followUp } from "../../../functions/follow-up-failed-payments/handler.ts";
import { handler as onInvoiceEvent } from "../../../functions/on-invoice-event/handler.ts";
import { handler as onPaymentIntentEvent } from "../../../functions/on-payment-intent-event/handler.ts";
import { queueOf } from "../../../lib/events/event-queues.ts";
import { failedPayment } from "../../../lib/failed-payments/failed-payment-table.ts";
import { startStripeEmulator } from "../../../stripe-emulator/index.ts";
import { failingMailbox } from "../../steps/failing-mailbox.ts";
import { lambdaContext, startedAws } from "../../steps/given.ts";
import { sqsRecord } from "../../steps/sqs-record.ts";
import { type EmulatedEvent, emulatorClient } from "../../steps/stripe-emulator-client.ts";

export const CARD = {
  good: "4242424242424242",
  declined: "4000000000000002",
  insufficient: "4000000000009995",
  lost: "4000000000009987",
  stolen: "4000000000009979",
  expired: "4000000000000069",
  wrongCvc: "4000000000000127",
  processing: "4000000000000119",
  authenticates: "4000002760003184",
} as const;

const HANDLERS = { "payment-intent": onPaymentIntentEvent, invoice: onInvoiceEvent };
/** FAILURE_MAIL_MINUTES of the tests. */
export const FAILURE_MAIL_SECONDS = 10 * 60;
const DAY_MS = 24 * 60 * 60 * 1000;

export const daysFromNow = (days: number) => new Date(Date.now() + days * DAY_MS);

type Form = Readonly<Record<string, string>>;
export type Shop = Awaited<ReturnType<typeof openShop>>;

export async function openShop() {
  await startedAws();
  const stripe = await startStripeEmulator({ port: 0 });
  Object.assign(process.env, {
    STRIPE_API_BASE: stripe.url,
    STRIPE_SECRET_KEY: "sk_test_local",
    PUBLIC_URL: "https://pay.example.com",
    ADMIN_EMAIL: "boss@example.com",
  });
  const mailbox = await failingMailbox();
  const emulator = emulatorClient(stripe.url);
  const seen = new Set<string>();

  /** The events at Stripe since the last call, of the kinds that the consumers under test handle. */
  const events = async (): Promise<EmulatedEvent[]> => {
    const fresh = (await emulator.eventsSince(0)).filter(({ id }) => !seen.has(id));
    for (const { id } of fresh) seen.add(id);
    return fresh.filter(({ type }) => queueOf(type) === "payment-intent" || queueOf(type) === "invoice");
  };

  /** Delivers as SQS does; returns whether the event was applied, and need not be delivered again. */
  const deliver = async (event: object): Promise<boolean> => {
    const type = "type" in event ? String(event.type) : "";
    const queue = queueOf(type) === "invoice" ? "invoice" : "payment-intent";
    const record = sqsRecord(queue, JSON.stringify(event));
    const { batchItemFailures } = await HANDLERS[queue]({ Records: [record] }, lambdaContext(20_000));
    return batchItemFailures.length === 0;
  };

  const deliverAll = async (): Promise<void> => {
    for (const event of await events()) {
      if (!(await deliver(event))) throw new Error(`${event.type} was not applied`);
    }
  };

  /** A payment; by default with a receipt address. */
  const intent = async (fields: Form = { receipt_email: "ada@example.com" }): Promise<string> =>
    (await emulator.api("payment_intents", { amount: "4200", currency: "usd", ...fields })).id;

  /** A decline does not fail the test. */
  const pay = (paymentIntentId: string, card: string) =>
    emulator.pay(paymentIntentId, card).catch(() => undefined);

  const mailsTo = async (address: string) =>
    (await mailbox.mails()).filter(({ destination }) => destination.to.includes(address));

  /** The run of the schedule at the given time. */
  const runAt = (at: Date) => followUp({ time: at.toISOString() }, lambdaContext(300_000));

  /** The run, as soon as the mails about all failures so far are due. */
  const mailFailures = async (): Promise<void> => {
    const last = Math.max(...(await emulator.eventsSince(0)).map(({ created }) => created));
    await runAt(new Date((last + FAILURE_MAIL_SECONDS) * 1000));
  };

  return {
    emulator,
    mailbox,
    stripeUrl: stripe.url,
    failedPayment,

    events,
    deliver,
    deliverAll,
    intent,
    pay,

    /** A payment that was attempted with this card, whose events were delivered, and whose failure was mailed. */
    failedIntent: async (card: string, fields?: Form): Promise<string> => {
      const id = await intent(fields);
      await pay(id, card);
      await deliverAll();
      await mailFailures();
      return id;
    },

    mailFailures,
    followUp: runAt,

    payerMails: (address = "ada@example.com") => mailsTo(address),
    adminMails: () => mailsTo("boss@example.com"),

    close: async () => {
      await mailbox.close();
      await stripe.close();
    },
  };
}
