/**
 * Plays a payment, a renewal and a refund once, with the real functions and the embedded services, and counts everything
 * that AWS would bill. The clock stands still, so the same code gives the same numbers.
 */
import { SESClient, VerifyEmailIdentityCommand } from "@aws-sdk/client-ses";
import { awaitedEvents } from "../../../lib/compiler/workflow/awaited-events.ts";
import {
  EVENT_QUEUES,
  queueUrlVariable,
  type SignedQueue,
  subscribedEventTypes,
} from "../../../lib/events/event-queues.ts";
import { createApiKey } from "../../../lib/identity/api-keys.ts";
import { moveDate } from "../../../local/clock.ts";
import { MACHINE_ARN_PREFIX } from "../../../local/step-functions/workflow-machine.ts";
import { TABLES } from "../../../resources/tables.ts";
import type { Counted, Scenario } from "../../../scripts/cost/counted.ts";
import { loadProject } from "../../../scripts/generate/load-project.ts";
import { startStripeEmulator } from "../../../stripe-emulator/index.ts";
import type { CapturedLog } from "../../steps/captured-log.ts";
import { startedAws } from "../../steps/given.ts";
import { clientOf } from "../../steps/given-stripe-emulator.ts";
import { type MeteredAws, meteredAws } from "../../steps/metered-aws.ts";
import { subscribeToNotifications } from "../../steps/notification-queue.ts";
import { emulatorClient } from "../../steps/stripe-emulator-client.ts";
import { startCountedWorkflows } from "./counted-workflows.ts";
import { FunctionsInTurn } from "./functions-in-turn.ts";
import { SCENARIOS } from "./scenarios.ts";
import { archivedOf, bytesOf } from "./stored-items.ts";
import { Tally } from "./tally.ts";
import { Traffic } from "./traffic.ts";

const { workflows } = loadProject();

const NOW = new Date("2027-01-15T09:30:00Z");
const WEBHOOK_SECRET = "whsec_of_the_count";
/** Those that a payment passes through. No endpoint is created, so nothing is in the queue of the deliveries. */
const QUEUES: readonly SignedQueue[] = [...EVENT_QUEUES, "notification"];

export interface PlayedPayments {
  /** Plays it once, after everything that has to exist before it. */
  play(scenario: Scenario): Promise<Counted>;
  close(): Promise<void>;
}

/** Starts everything, and stops the clock of this test file. `log` is what the functions write. Close it after the tests. */
export async function startPlayedPayments(log: CapturedLog): Promise<PlayedPayments> {
  const aws = await startedAws();
  await subscribeToNotifications(aws.endpoints.sns);
  const machineNow = Date.now;
  let time = NOW.getTime();
  moveDate(() => time - machineNow());
  const stripeEmulator = await startStripeEmulator({ port: 0, now: () => NOW.getTime() / 1000 });
  let counting = new Tally();
  const tally = () => counting;
  const metered = meteredAws(aws.endpoints.dynamodb, (call) => counting.called(call));
  await verifySender("shop@example.com");
  const functions = new FunctionsInTurn(log, tally);
  const counted = await startCountedWorkflows(workflows, functions);
  Object.assign(process.env, {
    ...(await meteredEndpoints(metered, aws, { stripe: stripeEmulator.url, sfn: counted.url })),
    STATE_MACHINE_ARN_PREFIX: MACHINE_ARN_PREFIX,
    METRICS: "stage",
    STRIPE_SECRET_KEY: "sk_test_local",
    STRIPE_PUBLISHABLE_KEY: "pk_test_local",
    STRIPE_WEBHOOK_SECRET: WEBHOOK_SECRET,
    EMAIL_FROM: "shop@example.com",
    ADMIN_EMAIL: "owner@example.com",
  });
  const emulator = emulatorClient(stripeEmulator.url);
  const { key } = await createApiKey({ id: "shop", roles: ["admin"] }, {}, new Date());
  const traffic = new Traffic({
    ...{ functions, tally, key, stripe: emulator, webhookSecret: WEBHOOK_SECRET },
    subscribed: subscribedEventTypes(awaitedEvents(workflows)),
  });
  const shop = {
    ...{ traffic, workflows: counted, tally, stripe: clientOf(stripeEmulator), emulator },
    now: () => time,
    pass: (seconds: number) => {
      time += seconds * 1000;
    },
  };
  const storedItems = () => Promise.all(TABLES.map((table) => metered.items(table)));

  return {
    async play(scenario) {
      const before = await emulator.lastEvent();
      const act = await SCENARIOS[scenario](shop);
      // The first use of a key in an hour is recorded.
      await traffic.authorize();
      await traffic.deliverSince(before);
      const stored = await storedItems();
      counting = new Tally();
      const start = await emulator.lastEvent();
      await act();
      await traffic.deliverSince(start);
      for (const [index, items] of (await storedItems()).entries()) {
        const [table, had = []] = [TABLES[index], stored[index]];
        if (table === undefined) continue;
        counting.stored(table, bytesOf(table, items) - bytesOf(table, had));
        if (table === "auditLog") counting.archived = archivedOf(items, had);
      }
      return counting.counted();
    },
    async close() {
      await functions.idle();
      await counted.close();
      await stripeEmulator.close();
      await metered.close();
    },
  };
}

/** The environment in which every call passes a proxy that counts it. */
async function meteredEndpoints(
  metered: MeteredAws,
  { endpoints, variables }: Awaited<ReturnType<typeof startedAws>>,
  urls: { readonly stripe: string; readonly sfn: string },
): Promise<Readonly<Record<string, string>>> {
  const sqs = await metered.inFrontOf("sqs", endpoints.sqs);
  const queues = QUEUES.map(queueUrlVariable).map((name) => [
    name,
    (variables[name] ?? "").replace(endpoints.sqs, sqs),
  ]);
  return {
    ...Object.fromEntries(queues),
    AWS_ENDPOINT_URL_DYNAMODB: await metered.inFrontOf("dynamodb", endpoints.dynamodb),
    AWS_ENDPOINT_URL_SQS: sqs,
    AWS_ENDPOINT_URL_SNS: await metered.inFrontOf("sns", endpoints.sns),
    AWS_ENDPOINT_URL_SES: await metered.inFrontOf("ses", endpoints.ses),
    AWS_ENDPOINT_URL_SFN: await metered.inFrontOf("sfn", urls.sfn),
    STRIPE_API_BASE: await metered.inFrontOf("stripe", urls.stripe),
  };
}

/** SES sends mail only from an address that it has verified. */
async function verifySender(EmailAddress: string): Promise<void> {
  const ses = new SESClient({});
  await ses.send(new VerifyEmailIdentityCommand({ EmailAddress }));
  ses.destroy();
}
