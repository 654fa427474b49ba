/**
 * `npm run demo`: the main job from end to end on the local stack, with progress while it runs and a timeline at the
 * end. Stops at the first step that fails, with exit status 1 and the name of the step; exit status 2 when the stack
 * does not start.
 */
import type { AuditEntry, Client } from "../client/index.ts";
import { createInvoker } from "../local/lambda/invoke-client.ts";
import { sentMails } from "../local/sent-mails.ts";
import { payLinkIn, paymentIntentOn, StackClient, waitFor } from "../local/stack-client.ts";
import type { RunningStack } from "../local/stack-process.ts";
import { entryTable } from "./audit/entry-table.ts";
import { runMain } from "./command-line/run-command.ts";
import { demoCommand } from "./demo/command.ts";
import { playDemo } from "./demo/play-demo.ts";
import { apiOf } from "./demo/product-calls.ts";
import type { Timeline } from "./timeline.ts";

const GOOD_CARD = "4242 4242 4242 4242";
const CARD_WITHOUT_FUNDS = "4000 0000 0000 9995";
const AMOUNT_CENTS = 4200;
const FAILURE_SUBJECT = /did not go through/;
const RUN_TIMEOUT_MS = 60_000;
/** Longer than Stripe allows, which only Stripe knows: the run starts, fails, and goes to notify-error. */
const NAME_TOO_LONG = "Alan Turing, ".repeat(30);

/** A local stack with the two who use it. */
interface Scene {
  readonly stack: RunningStack;
  readonly timeline: Timeline;
  /** As an application calls the API. */
  readonly api: Client;
  /** What is around the API: the payer, the mailbox and the tables. */
  readonly around: StackClient;
}

const runDemo = () =>
  playDemo("process-payment, from the call to the paid intent", async (stack, timeline) => {
    const scene: Scene = {
      ...{ stack, timeline },
      api: apiOf(stack),
      around: new StackClient(stack.urls),
    };
    const intent = await goodCard(scene);
    await declineAndRetry(scene);
    await failingWorkflow(scene);
    timeline.print();
    await showAudit(scene, intent);
  });

/** Returns the payment intent's id. */
async function goodCard(scene: Scene): Promise<string> {
  const { timeline, around } = scene;
  timeline.chapter(`A good card, ${GOOD_CARD}`);
  const intent = await requestPayment(scene, "ada@example.com", "Ada Lovelace");
  await timeline.step("Stripe", `paid with ${GOOD_CARD}`, async () =>
    expectStatus(await around.pay(intent, digits(GOOD_CARD)), 200),
  );
  await timeline.step("webhook, SQS, DynamoDB", "payment_intent.succeeded applied", () =>
    around.recordedState(intent, (state) => state.status === "succeeded"),
  );
  return intent;
}

async function showAudit({ api }: Scene, intent: string): Promise<void> {
  const isWhole = (entries: readonly AuditEntry[]) =>
    entries.some(({ eventType, result }) => eventType === "webhook.received" && result === "succeeded");
  const entries = await waitFor("the audit log's entries of the first payment", async () => {
    const found: AuditEntry[] = [];
    for await (const entry of api.audit({ object: intent })) found.push(entry);
    return isWhole(found) ? found : undefined;
  });
  console.log(`\nThe first payment in the audit log: GET /api/audit?object=${intent}\n`);
  console.log(entryTable(entries.toReversed()));
}

async function declineAndRetry(scene: Scene): Promise<void> {
  const { stack, timeline, around } = scene;
  timeline.chapter(`A declined card, ${CARD_WITHOUT_FUNDS}, then a good one`);
  const intent = await requestPayment(scene, "grace@example.com", "Grace Hopper");
  await timeline.step("Stripe", `declined ${CARD_WITHOUT_FUNDS}`, async () =>
    expectStatus(await around.pay(intent, digits(CARD_WITHOUT_FUNDS)), 402),
  );
  await timeline.step(
    "webhook, SQS, DynamoDB",
    "payment_intent.payment_failed applied: insufficient_funds",
    () => around.recordedState(intent, (state) => state.declineCode === "insufficient_funds"),
  );
  await timeline.step("schedule", "ten minutes later: the payment is still open", () => followUp(stack));
  await timeline.step("mailbox", "payment-failed mail to grace@example.com, with what to do", () =>
    around.mailTo("grace@example.com", FAILURE_SUBJECT),
  );
  await timeline.step("Stripe", `paid with ${GOOD_CARD}`, async () =>
    expectStatus(await around.pay(intent, digits(GOOD_CARD)), 200),
  );
  await timeline.step("webhook, SQS, DynamoDB", "payment_intent.succeeded applied", () =>
    around.recordedState(intent, (state) => state.status === "succeeded"),
  );
}

/**
 * Runs the function that mails about failures as if it were late enough for all of them, until it has mailed: the failure is
 * recorded shortly after the payment's state.
 */
function followUp({ urls, settings }: RunningStack): Promise<unknown> {
  const invoke = createInvoker({ endpoint: urls.lambda, region: settings.region });
  const time = new Date(Date.now() + 11 * 60 * 1000).toISOString();
  return waitFor("a mail about the failed payment", async () => {
    await invoke("contractspec-stripe-dev-follow-up-failed-payments", { time });
    const mails = await sentMails(urls.mailbox);
    return mails.find(({ subject }) => FAILURE_SUBJECT.test(subject));
  });
}

async function failingWorkflow({ api, around, timeline }: Scene): Promise<void> {
  timeline.chapter("A workflow that fails");
  const started = await timeline.step(
    "HTTP API",
    "process-payment started with a name that Stripe refuses",
    () =>
      api.start("process-payment", {
        customerEmail: "alan@example.com",
        customerName: NAME_TOO_LONG,
        amount: AMOUNT_CENTS,
      }),
  );
  const run = await timeline.step("Step Functions", "run ended: failed, as it should", () =>
    api.waitForRun(started, { timeoutMs: RUN_TIMEOUT_MS }),
  );
  timeline.run(run);
  if (run.status !== "failed") throw new Error(`The run is ${run.status}; it should have failed`);
  await timeline.step("mailbox", "payment-error mail to admin@example.com", () =>
    around.mailTo("admin@example.com"),
  );
}

/** From the API call to the opened pay page; returns the payment intent's id. */
async function requestPayment(
  { api, around, timeline }: Scene,
  customerEmail: string,
  customerName: string,
): Promise<string> {
  const started = await timeline.step("HTTP API", "process-payment started for $42.00", () =>
    api.start("process-payment", { customerEmail, customerName, amount: AMOUNT_CENTS }),
  );
  const run = await timeline.step("Step Functions", "run ended: completed", () =>
    api.waitForRun(started, { timeoutMs: RUN_TIMEOUT_MS }),
  );
  timeline.run(run);
  if (run.status !== "completed")
    throw new Error(`The run is ${run.status}: ${run.error?.message ?? "no reason given"}`);
  const mail = await timeline.step("mailbox", `payment-link mail to ${customerEmail}`, () =>
    around.mailTo(customerEmail),
  );
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
