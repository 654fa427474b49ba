/**
 * What an application is connected to: this backend over HTTP, Stripe behind it, and the notifications. The backend's functions run in
 * this process, on the clock that the Stripe emulator moves.
 */
import { afterAll, beforeAll, expect, jest } from "@jest/globals";
import { queueOfEvent } from "../../lib/events/route-event.ts";
import { readQueuedEvent } from "../../lib/events/stripe-event.ts";
import { type StripeEmulator, startStripeEmulator } from "../../stripe-emulator/index.ts";
import { consumerOf } from "./consuming.ts";
import * as given from "./given.ts";
import { clientOf } from "./given-stripe-emulator.ts";
import { type LoopbackServer, loopbackServer } from "./loopback-server.ts";
import { movableClock } from "./movable-clock.ts";
import { sqsRecord } from "./sqs-record.ts";
import { emulatorClient } from "./stripe-emulator-client.ts";
import { subscribedApplication } from "./subscribed-application.ts";
import * as when from "./when.ts";

/** Unix seconds at which the emulator begins. */
const START = 1_795_478_400;
export const DAY_SECONDS = 24 * 60 * 60;
export const APPLICATION_KEY = "key-of-the-application";

/** Call it at the top of the file. The application has the role `checkout`. */
export function backendOfAnApplication() {
  const aws = given.localAws();
  const log = given.capturedLog();
  const published = subscribedApplication(aws);
  let emulator: StripeEmulator;
  let backend: LoopbackServer;
  let isAway = false;
  beforeAll(async () => {
    movableClock(START * 1000);
    emulator = await startStripeEmulator({
      port: 0,
      now: () => START,
      clockFollower: {
        begin: () => [],
        show: (seconds) => void jest.setSystemTime((START + seconds) * 1000),
        settle: async () => undefined,
        end: () => undefined,
      },
    });
    Object.assign(process.env, { STRIPE_API_BASE: emulator.url, STRIPE_SECRET_KEY: "sk_test_local" });
    backend = await loopbackServer(async ({ url = "", method = "", headers }, body, response) => {
      if (isAway) return response.destroy();
      expect(headers.authorization).toBe(`Bearer ${APPLICATION_KEY}`);
      const { pathname, searchParams } = new URL(url, "http://backend");
      const { handler } = await import(`../../generated/handlers/${pathname.split("/").at(-1)}.ts`);
      const answer = await when.calls(handler, {
        ...{ method, path: pathname, query: Object.fromEntries(searchParams), body },
        headers: { "content-type": "application/json", "idempotency-key": `${headers["idempotency-key"]}` },
        authorizer: { principalId: "application", roles: '["checkout"]' },
      });
      response.writeHead(answer.status, { ...answer.headers }).end(answer.text);
    });
  });
  afterAll(async () => {
    jest.useRealTimers();
    await backend.close();
    await emulator.close();
  });

  const control = (path: string, body: object) => emulatorClient(emulator.url).control("POST", path, body);

  return {
    /** The address of the API. */
    url: () => backend.url,
    /** Whether calls reach nothing from now on. */
    setAway: (away: boolean) => {
      isAway = away;
    },
    stripe: () => clientOf(emulator),
    /** Gives the customer this card to pay with. */
    useCard: async (customer: string, card: string) => {
      const method = await clientOf(emulator).paymentMethods.attach(card, { customer });
      await clientOf(emulator).customers.update(customer, {
        invoice_settings: { default_payment_method: method.id },
      });
    },
    control,
    passDays: (days: number) => control("clock", { advance: days * DAY_SECONDS }),
    lastEvent: () => emulatorClient(emulator.url).lastEvent(),
    eventsSince: (count: number) => emulatorClient(emulator.url).eventsSince(count),

    /** Hands events to their consumers, one after another. */
    async deliver(events: readonly object[]): Promise<void> {
      for (const event of events) {
        const body = JSON.stringify(event);
        const queued = readQueuedEvent(body);
        const queue = queued === undefined ? "unrouted" : queueOfEvent(queued);
        if (queue === "unrouted") continue;
        const consume = await consumerOf(queue);
        const { batchItemFailures } = await consume(
          { Records: [sqsRecord(queue, body)] },
          given.lambdaContext(20_000),
        );
        if (batchItemFailures.length > 0) throw new Error(log.text().split("\n").slice(-4).join("\n"));
      }
    },

    /** Every notification that the topic has published since the last call. */
    published,
  };
}
