/**
 * `npm run demo`: the main job from end to end on the local stack, with progress while it runs and a timeline at the
 * end. Stops at the first step that fails, with exit status 1 and the name of the step; exit status 2 when the stack
 * does not start.
 */
import { randomUUID } from "node:crypto";
import type { AuditEntry } from "../lib/audit/audit-entry.ts";
import { createInvoker } from "../local/lambda/invoke-client.ts";
import { payLinkIn, paymentIntentOn, type StackClient, stackClient } from "../local/stack-client.ts";
import type { RunningStack } from "../local/stack-process.ts";
import { entryTable } from "./audit/entry-table.ts";
import { runMain } from "./command-line/run-command.ts";
import { demoCommand } from "./demo/command.ts";
import { playDemo } from "./demo/play-demo.ts";
import type { Timeline } from "./timeline.ts";

const GOOD_CARD = "4242 4242 4242 4242";
const CARD_WITHOUT_FUNDS = "4000 0000 0000 9995";
const AMOUNT_CENTS = 4200;
/** Longer than Stripe allows, which only Stripe knows: the run starts, fails, and goes to notify-error. */
const NAME_TOO_LONG = "Alan Turing, ".repeat(30);

const runDemo = () =>
  playDemo("process-payment, from the call to the paid intent", async (stack, timeline) => {
    const client = stackClient(stack.urls);
    const intent = await goodCard(client, timeline);
    await declineAndRetry(stack, client, timeline);
    await failingWorkflow(client, timeline);
    timeline.print();
    await showAudit(client, intent);
  });

/** Returns the payment intent's id. */
async function goodCard(client: StackClient, timeline: Timeline): Promise<string> {
  timeline.chapter(`A good card, ${GOOD_CARD}`);
  const intent = await requestPayment(client, timeline, "ada@example.com", "Ada Lovelace");
  await timeline.step("Stripe", `paid with ${GOOD_CARD}`, async () =>
    expectStatus(await client.pay(intent, digits(GOOD_CARD)), 200),
  );
  await timeline.step("webhook, SQS, DynamoDB", "payment_intent.succeeded applied", () =>
    client.recordedState(intent, (state) => state.status === "succeeded"),
  );
  return intent;
}

async function showAudit(client: StackClient, intent: string): Promise<void> {
  const isWhole = (entries: readonly AuditEntry[]) =>
    entries.some(({ eventType, result }) => eventType === "webhook.received" && result === "succeeded");
  const entries = await client.audited(intent, isWhole);
  console.log(`\nThe first payment in the audit log: GET /api/audit?object=${intent}\n`);
  console.log(entryTable(entries.toReversed()));
}

async function declineAndRetry(stack: RunningStack, client: StackClient, timeline: Timeline): Promise<void> {
  timeline.chapter(`A declined card, ${CARD_WITHOUT_FUNDS}, then a good one`);
  const intent = await requestPayment(client, timeline, "grace@example.com", "Grace Hopper");
  await timeline.step("Stripe", `declined ${CARD_WITHOUT_FUNDS}`, async () =>
    expectStatus(await client.pay(intent, digits(CARD_WITHOUT_FUNDS)), 402),
  );
  await timeline.step(
    "webhook, SQS, DynamoDB",
    "payment_intent.payment_failed applied: insufficient_funds",
    () => client.recordedState(intent, (state) => state.declineCode === "insufficient_funds"),
  );
  await timeline.step("schedule", "ten minutes later: the payment is still open", () => followUp(stack));
  await timeline.step("mailbox", "payment-failed mail to grace@example.com, with what to do", () =>
    client.mailTo("grace@example.com", /did not go through/),
  );
  await timeline.step("Stripe", `paid with ${GOOD_CARD}`, async () =>
    expectStatus(await client.pay(intent, digits(GOOD_CARD)), 200),
  );
  await timeline.step("webhook, SQS, DynamoDB", "payment_intent.succeeded applied", () =>
    client.recordedState(intent, (state) => state.status === "succeeded"),
  );
}

/** Runs the function that mails about failures as if it were late enough for all of them. */
async function followUp({ urls, settings }: RunningStack): Promise<void> {
  const invoke = createInvoker({ endpoint: urls.lambda, region: settings.region });
  const time = new Date(Date.now() + 11 * 60 * 1000).toISOString();
  await invoke("contractspec-stripe-dev-follow-up-failed-payments", { time });
}

async function failingWorkflow(client: StackClient, timeline: Timeline): Promise<void> {
  timeline.chapter("A workflow that fails");
  const runId = await timeline.step(
    "HTTP API",
    "process-payment started with a name that Stripe refuses",
    () =>
      client.startRun(
        "process-payment",
        { customerEmail: "alan@example.com", customerName: NAME_TOO_LONG, amount: AMOUNT_CENTS },
        randomUUID(),
      ),
  );
  const run = await timeline.step("Step Functions", "run ended: failed, as it should", () =>
    client.endedRun("process-payment", runId),
  );
  timeline.run(run);
  if (run.status !== "failed") throw new Error(`The run is ${run.status}; it should have failed`);
  await timeline.step("mailbox", "payment-error mail to admin@example.com", () =>
    client.mailTo("admin@example.com"),
  );
}

/** From the API call to the opened pay page; returns the payment intent's id. */
async function requestPayment(
  client: StackClient,
  timeline: Timeline,
  email: string,
  name: string,
): Promise<string> {
  const runId = await timeline.step("HTTP API", "process-payment started for $42.00", () =>
    client.startRun(
      "process-payment",
      { customerEmail: email, customerName: name, amount: AMOUNT_CENTS },
      randomUUID(),
    ),
  );
  const run = await timeline.step("Step Functions", "run ended: completed", () =>
    client.endedRun("process-payment", runId),
  );
  timeline.run(run);
  if (run.status !== "completed")
    throw new Error(`The run is ${run.status}: ${run.error?.message ?? "no reason given"}`);
  const mail = await timeline.step("mailbox", `payment-link mail to ${email}`, () => client.mailTo(email));
  return timeline.step("pay page", "opened the mailed link", async () => {
    const page = await fetch(payLinkIn(mail));
    if (page.status !== 200) throw new Error(`The mailed link responded with ${page.status}`);
    return paymentIntentOn(await page.text());
  });
}

function expectStatus(answer: { status: number; body: unknown }, status: number): void {
  if (answer.status !== status) {
    throw new Error(
      `Stripe responded with ${answer.status} instead of ${status}: ${JSON.stringify(answer.body)}`,
    );
  }
}

const digits = (card: string) => card.replaceAll(" ", "");

await runMain(demoCommand, runDemo);
