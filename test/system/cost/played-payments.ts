/**
 * Plays a payment, a renewal and a refund once, with the real functions and the embedded services, and counts everything
 * that AWS would bill. The clock stands still, so the same code gives the same numbers.
 */
import { randomUUID } from "node:crypto";
import { SESClient, VerifyEmailIdentityCommand } from "@aws-sdk/client-ses";
import { partBody } from "../../lib/audit/archive-files.ts";
import { type Attributes, fromAttributes } from "../../lib/aws/attribute-values.ts";
import { deleteMessage, receiveMessages } from "../../lib/aws/sqs.ts";
import { awaitedEvents } from "../../lib/compiler/workflow/awaited-events.ts";
import { compileWorkflow } from "../../lib/compiler/workflow/compile.ts";
import {
  EVENT_QUEUES,
  queueOf,
  queueUrlVariable,
  type SignedQueue,
  subscribedEventTypes,
} from "../../lib/events/event-queues.ts";
import { createApiKey } from "../../lib/identity/api-keys.ts";
import { createPayToken } from "../../lib/pay-link/pay-token.ts";
import { fieldOf, fieldsOf, listOf, textsOf } from "../../lib/untrusted.ts";
import { moveDate } from "../../local/clock.ts";
import type { Invocation } from "../../local/lambda/invocation.ts";
import { waitFor } from "../../local/stack-client.ts";
import { startStepFunctions } from "../../local/step-functions.ts";
import { TABLES, type Table } from "../../resources/tables.ts";
import type {
  Counted,
  CountedArchive,
  CountedFunction,
  CountedTable,
  Scenario,
} from "../../scripts/cost/counted.ts";
import type { WireItem } from "../../scripts/cost/item-size.ts";
import { storedBytes } from "../../scripts/cost/table-units.ts";
import { loadProject } from "../../scripts/generate/load-project.ts";
import { startStripeEmulator } from "../../stripe-emulator/index.ts";
import type { CapturedLog } from "../steps/captured-log.ts";
import { type HttpCall, httpEvent, lambdaContext, startedAws } from "../steps/given.ts";
import { clientOf } from "../steps/given-stripe-emulator.ts";
import { type AwsCall, meteredAws } from "../steps/metered-aws.ts";
import { subscribeToNotifications } from "../steps/notification-queue.ts";
import { signatureHeader } from "../steps/signed.ts";
import { sqsRecord } from "../steps/sqs-record.ts";
import { emulatorClient } from "../steps/stripe-emulator-client.ts";

const { workflows } = loadProject();

const NOW = new Date("2027-01-15T09:30:00Z");
const MONTH_SECONDS = 32 * 24 * 60 * 60;
const MACHINES = "arn:aws:states:us-east-1:000000000000:stateMachine:";
const FUNCTIONS = "arn:aws:lambda:us-east-1:000000000000:function:";
const WEBHOOK_SECRET = "whsec_of_the_count";
const CARD = "pm_card_visa";

type Handler = (event: object, context: ReturnType<typeof lambdaContext>) => Promise<unknown>;

export interface PlayedPayments {
  /** Plays it once, after everything that has to exist before it. */
  play(scenario: Scenario): Promise<Counted>;
  close(): Promise<void>;
}

/** Those that a payment passes through. No endpoint is created, so nothing is in the queue of the deliveries. */
const QUEUES: readonly SignedQueue[] = [...EVENT_QUEUES, "notification"];

/** The module of each function that is not a capability. */
const OWN_FUNCTIONS: Readonly<Record<string, () => Promise<{ readonly handler: unknown }>>> = {
  authorizer: () => import("../../functions/authorizer/handler.ts"),
  "start-workflow-run": () => import("../../functions/start-workflow-run/handler.ts"),
  "get-workflow-run": () => import("../../functions/get-workflow-run/handler.ts"),
  "record-workflow-run": () => import("../../functions/record-workflow-run/handler.ts"),
  "pay-page": () => import("../../functions/pay-page/handler.ts"),
  "stripe-webhook": () => import("../../functions/stripe-webhook/handler.ts"),
  ...Object.fromEntries(
    QUEUES.map((queue) => [
      `on-${queue}-event`,
      () => import(`../../functions/on-${queue}-event/handler.ts`),
    ]),
  ),
};

/** Starts everything, and stops the clock of this test file. `log` is what the functions write. Close it after the tests. */
export async function startPlayedPayments(log: CapturedLog): Promise<PlayedPayments> {
  const aws = await startedAws();
  await subscribeToNotifications(aws.endpoints.sns);
  const machineNow = Date.now;
  let time = NOW.getTime();
  moveDate(() => time - machineNow());
  const emulator = await startStripeEmulator({ port: 0, now: () => NOW.getTime() / 1000 });
  let tally = new Tally();
  const metered = meteredAws(aws.endpoints.dynamodb, (call) => tally.called(call));
  const sqsUrl = await metered.inFrontOf("sqs", aws.endpoints.sqs);
  const queueUrls = Object.fromEntries(
    QUEUES.map((queue) => {
      const url = aws.variables[queueUrlVariable(queue)] ?? "";
      return [queueUrlVariable(queue), url.replace(aws.endpoints.sqs, sqsUrl)];
    }),
  );
  await verifySender("shop@example.com");

  let invoking: Promise<unknown> = Promise.resolve();
  /** One function after the other, so that it is known which one makes a call. */
  const invoke = (name: string, event: object): Promise<unknown> => {
    const invocation = invoking.then(async () => {
      const load = OWN_FUNCTIONS[name] ?? (() => import(`../../generated/handlers/${name}.ts`));
      const { handler } = (await load()) as { readonly handler: Handler };
      // As long as Lambda's own ids, which are in every entry and line.
      const context = { ...lambdaContext(20_000), awsRequestId: randomUUID() };
      return tally.invoked(name, log, () => handler(event, context));
    });
    invoking = invocation.catch(() => undefined);
    return invocation;
  };
  const invokeTask = async (name: string, payload: unknown): Promise<Invocation> => {
    try {
      return { outcome: "answered", payload: await invoke(name, JSON.parse(JSON.stringify(payload))) };
    } catch (thrown) {
      const { name: errorType, message: errorMessage } = thrown instanceof Error ? thrown : new Error();
      return { outcome: "failed", errorType, document: JSON.stringify({ errorType, errorMessage }) };
    }
  };
  const subscribed = subscribedEventTypes(awaitedEvents(workflows));
  let lastStatus = "";
  const stepFunctions = await startStepFunctions({
    region: "us-east-1",
    machines: workflows.map((workflow) => ({
      name: workflow.workflowId,
      arn: `${MACHINES}${workflow.workflowId}`,
      roleArn: "arn:aws:iam::000000000000:role/none",
      createdAt: new Date(),
      definition: JSON.parse(
        JSON.stringify(compileWorkflow(workflow, (name) => `${FUNCTIONS}${name}`))
          // biome-ignore lint/suspicious/noTemplateCurlyInString: this is how CloudFormation writes a variable
          .replaceAll("${AWS::Partition}", "aws"),
      ),
    })),
    invoke: invokeTask,
    onChange: (event) =>
      void invoke("record-workflow-run", event).then(() => {
        lastStatus = String(fieldsOf(fieldsOf(event).detail).status);
      }),
  });
  Object.assign(process.env, {
    ...queueUrls,
    AWS_ENDPOINT_URL_DYNAMODB: await metered.inFrontOf("dynamodb", aws.endpoints.dynamodb),
    AWS_ENDPOINT_URL_SQS: sqsUrl,
    AWS_ENDPOINT_URL_SNS: await metered.inFrontOf("sns", aws.endpoints.sns),
    AWS_ENDPOINT_URL_SES: await metered.inFrontOf("ses", aws.endpoints.ses),
    AWS_ENDPOINT_URL_SFN: await metered.inFrontOf("sfn", stepFunctions.url),
    STRIPE_API_BASE: await metered.inFrontOf("stripe", emulator.url),
    STATE_MACHINE_ARN_PREFIX: MACHINES,
    METRICS: "stage",
    STRIPE_SECRET_KEY: "sk_test_local",
    STRIPE_PUBLISHABLE_KEY: "pk_test_local",
    STRIPE_WEBHOOK_SECRET: WEBHOOK_SECRET,
    EMAIL_FROM: "shop@example.com",
    ADMIN_EMAIL: "owner@example.com",
  });
  const stripe = clientOf(emulator);
  const { pay, control, eventsSince, lastEvent } = emulatorClient(emulator.url);
  const { key } = await createApiKey({ id: "shop", roles: ["admin"] }, {}, new Date());

  let keys = 0;
  /** A request of a client with a key, or of a browser. */
  const request = async (name: string, call: HttpCall & { readonly open?: boolean }) => {
    tally.requests += 1;
    keys += 1;
    const event = httpEvent({ ...call, headers: { "idempotency-key": `key-${keys}`, ...call.headers } });
    if (call.open !== true) {
      await invoke("authorizer", { ...event, type: "REQUEST", identitySource: [`Bearer ${key}`] });
    }
    const { statusCode, body } = fieldsOf(await invoke(name, event));
    if (Number(statusCode) >= 300) throw new Error(`${name} responded with ${statusCode}: ${body}`);
    return String(body);
  };
  const callFor = async (name: string, inputs: object) =>
    fieldsOf(JSON.parse(await request(name, { path: `/api/capabilities/${name}`, body: inputs })));

  /** Delivers what has happened at Stripe since then, each event by itself, as at a low rate. */
  const deliverSince = async (count: number) => {
    for (let next = count; ; ) {
      const events = await eventsSince(next);
      if (events.length === 0) return;
      next += events.length;
      for (const event of events.filter(({ type }) => subscribed.includes(type))) await deliver(event);
    }
  };
  const deliver = async (event: { readonly type: string }) => {
    tally.events[event.type] = (tally.events[event.type] ?? 0) + 1;
    const body = JSON.stringify(event);
    const headers = { "stripe-signature": signatureHeader(body, [WEBHOOK_SECRET]) };
    await request("stripe-webhook", {
      path: "/api/webhooks/stripe",
      body,
      headers,
      open: true,
      authorizer: null,
    });
    await consumed(queueOf(event.type));
    await consumed("notification");
  };
  /** Consumes what is in the queue, if there is anything. */
  const consumed = async (queue: SignedQueue) => {
    const queueUrl = queueUrls[queueUrlVariable(queue)] ?? "";
    const messages = await receiveMessages(queueUrl, 30, 0);
    if (messages.length === 0) return;
    const report = await invoke(`on-${queue}-event`, {
      Records: messages.map((message) => sqsRecord(queue, message.body)),
    });
    if (fieldsOf(report).batchItemFailures?.toString() !== "")
      throw new Error(`A message of ${queue} was not consumed`);
    for (const { receipt } of messages) await deleteMessage(queueUrl, receipt);
  };

  const customer = () =>
    callFor("stripe-create-customer", { email: `${randomUUID().slice(0, 8)}@example.com`, name: "Ada" });
  const paid = async (): Promise<string> => {
    const { customerId } = await customer();
    const { paymentIntentId } = await callFor("stripe-create-payment-intent", {
      amount: 4200,
      currency: "usd",
      customerId,
    });
    await pay(String(paymentIntentId), CARD);
    return String(paymentIntentId);
  };

  const processPayment = async () => {
    const path = { workflowId: "process-payment" };
    lastStatus = "";
    const { runId } = fieldsOf(
      JSON.parse(
        await request("start-workflow-run", {
          pathParameters: path,
          body: { customerEmail: "ada@example.com", customerName: "Ada", amount: 4200 },
        }),
      ),
    );
    await waitFor("the run to end", async () =>
      lastStatus === "" || lastStatus === "RUNNING" ? undefined : true,
    );
    const run = JSON.parse(
      await request("get-workflow-run", { method: "GET", pathParameters: { ...path, runId: String(runId) } }),
    );
    if (run.status !== "completed") throw new Error(`The run ended otherwise: ${JSON.stringify(run)}`);
    tally.stateTransitions += await statesEntered(
      stepFunctions.url,
      `${MACHINES.replace("stateMachine", "execution")}process-payment:${runId}`,
    );
    const paymentIntentId = String(run.output["create-payment-intent"].paymentIntentId);
    const token = createPayToken({ objectId: paymentIntentId, expiresAt: time / 1000 + 60 }, [
      "app-secret-of-the-tests",
    ]);
    const visit = (pathParameters: Record<string, string>) =>
      request("pay-page", { method: "GET", pathParameters, open: true, authorizer: null });
    // The payer opens the page, pays, and comes back to it.
    await visit({ token });
    await visit({ asset: "pay.css" });
    await visit({ asset: "pay.js" });
    await pay(paymentIntentId, CARD);
    await visit({ token });
  };

  /** What has to exist before, and what is counted. */
  const SCENARIO: Readonly<Record<Scenario, () => Promise<() => Promise<unknown>>>> = {
    "process-payment": async () => processPayment,
    payment: async () => {
      const { customerId } = await customer();
      return async () => {
        const { paymentIntentId } = await callFor("stripe-create-payment-intent", {
          amount: 4200,
          currency: "usd",
          customerId,
        });
        await pay(String(paymentIntentId), CARD);
      };
    },
    renewal: async () => {
      const { customerId } = await customer();
      await stripe.paymentMethods
        .attach(CARD, { customer: String(customerId) })
        .then(({ id }) =>
          stripe.customers.update(String(customerId), { invoice_settings: { default_payment_method: id } }),
        );
      const product = await stripe.products.create({ name: "Plan" });
      const price = await stripe.prices.create({
        product: product.id,
        currency: "usd",
        unit_amount: 2000,
        recurring: { interval: "month" },
      });
      await callFor("stripe-create-subscription", { customerId, priceId: price.id });
      const { data } = await stripe.paymentIntents.list({ customer: String(customerId) });
      await pay(String(data[0]?.id), CARD);
      return async () => {
        time += MONTH_SECONDS * 1000;
        await control("POST", "clock", { advance: MONTH_SECONDS });
      };
    },
    refund: async () => {
      const paymentIntentId = await paid();
      return () => callFor("stripe-refund-payment", { paymentIntentId });
    },
  };

  return {
    async play(scenario) {
      const before = await lastEvent();
      const act = await SCENARIO[scenario]();
      // The first use of a key in an hour is recorded.
      await invoke("authorizer", { ...httpEvent({}), type: "REQUEST", identitySource: [`Bearer ${key}`] });
      await deliverSince(before);
      const storedBefore = await Promise.all(TABLES.map((table) => metered.items(table)));
      tally = new Tally();
      const start = await lastEvent();
      await act();
      await deliverSince(start);
      for (const [index, table] of TABLES.entries()) {
        const items = await metered.items(table);
        const before = storedBefore[index] ?? [];
        tally.stored(table, bytesOf(table, items) - bytesOf(table, before));
        if (table === "auditLog") tally.archived = archivedOf(items, before);
      }
      return tally.counted();
    },
    async close() {
      await invoking;
      await stepFunctions.close();
      await emulator.close();
      await metered.close();
    },
  };
}

type Writable<T> = { -readonly [key in keyof T]: T[key] };

/** What is counted while one scenario is played. */
class Tally {
  requests = 0;
  stateTransitions = 0;
  readonly events: Record<string, number> = {};
  archived: CountedArchive = { tableBytes: 0, textBytes: 0, fileBytes: 0 };
  #queueRequests = 0;
  #notifications = 0;
  #mails = 0;
  #running: string | undefined;
  readonly #metrics = new Set<string>();
  readonly #functions = new Map<string, Writable<CountedFunction>>();
  readonly #tables = new Map<string, Writable<CountedTable>>();

  /** Runs one invocation. */
  async invoked<T>(name: string, log: CapturedLog, act: () => Promise<T>): Promise<T> {
    const counted = this.#function(name);
    counted.invocations += 1;
    this.#running = name;
    const start = log.text().length;
    try {
      return await act();
    } finally {
      this.#running = undefined;
      const written = log.text().slice(start);
      counted.logBytes += Buffer.byteLength(written);
      const lines = written.split("\n").filter((line) => line !== "");
      counted.logLines += lines.length;
      for (const line of lines) for (const metric of metricsIn(JSON.parse(line))) this.#metrics.add(metric);
    }
  }

  called({ service, operation, table }: AwsCall): void {
    if (service === "sqs") this.#queueRequests += 1;
    if (service === "sns" && operation === "Publish") this.#notifications += 1;
    if (service === "ses" && operation === "SendEmail") this.#mails += 1;
    if (this.#running === undefined) return;
    const counted = this.#function(this.#running);
    if (service === "stripe") counted.stripeRequests += 1;
    else counted.awsCalls += 1;
    if (table === undefined) return;
    const found = this.#table(table.table);
    found[table.kind === "read" ? "reads" : "writes"] += 1;
    found[table.kind === "read" ? "readUnits" : "writeUnits"] += table.units;
  }

  stored(table: string, bytes: number): void {
    if (bytes !== 0) this.#table(table).storedBytes += bytes;
  }

  counted(): Counted {
    return structuredClone({
      requests: this.requests,
      functions: inOrder(this.#functions),
      tables: inOrder(this.#tables),
      archived: this.archived,
      queueRequests: this.#queueRequests,
      notifications: this.#notifications,
      mails: this.#mails,
      stateTransitions: this.stateTransitions,
      metrics: [...this.#metrics].sort(),
      events: inOrder(new Map(Object.entries(this.events))),
    });
  }

  #function(name: string): Writable<CountedFunction> {
    const none = { invocations: 0, awsCalls: 0, stripeRequests: 0, logBytes: 0, logLines: 0 };
    const counted = this.#functions.get(name) ?? none;
    this.#functions.set(name, counted);
    return counted;
  }

  #table(name: string): Writable<CountedTable> {
    const none = { reads: 0, readUnits: 0, writes: 0, writeUnits: 0, storedBytes: 0 };
    const counted = this.#tables.get(name) ?? none;
    this.#tables.set(name, counted);
    return counted;
  }
}

const bytesOf = (table: Table, items: readonly WireItem[]) =>
  items.reduce((total, item) => total + storedBytes(table, item), 0);

/** What the archive will have of the new items. They share one file here, which is compressed less well than a large one. */
function archivedOf(items: readonly WireItem[], before: readonly WireItem[]): CountedArchive {
  const keyOf = ({ partition, sort }: WireItem) => JSON.stringify([partition, sort]);
  const known = new Set(before.map(keyOf));
  const moved = items.filter(
    (item) => !known.has(keyOf(item)) && !String(fieldOf(item.partition, "S")).startsWith("object#"),
  );
  const lines = moved.map((item) => JSON.stringify(fromAttributes({ ...item } as Attributes)));
  return {
    tableBytes: bytesOf("auditLog", moved),
    textBytes: lines.join("\n").length,
    fileBytes: partBody(lines).length,
  };
}

const inOrder = <T>(map: ReadonlyMap<string, T>): Record<string, T> =>
  Object.fromEntries([...map].sort(([a], [b]) => (a < b ? -1 : 1)));

/** The metrics that CloudWatch makes of a line: `Calls{capabilityId=send-email}`, without the stage. */
function metricsIn(line: Readonly<Record<string, unknown>>): string[] {
  return listOf(fieldOf(line, "_aws", "CloudWatchMetrics")).flatMap((directive) => {
    const { Dimensions, Metrics } = fieldsOf(directive);
    return listOf(Dimensions).flatMap((set) => {
      const names = textsOf(set).filter((name) => name !== "stage");
      const values = names.map((name) => `${name}=${line[name]}`).join(",");
      return listOf(Metrics).map((metric) => `${fieldsOf(metric).Name}{${values}}`);
    });
  });
}

/** Step Functions bills each state that is entered, and each retry; nothing is retried here. */
async function statesEntered(url: string, executionArn: string): Promise<number> {
  const response = await fetch(url, {
    method: "POST",
    headers: { "x-amz-target": "AWSStepFunctions.GetExecutionHistory" },
    body: JSON.stringify({ executionArn }),
  });
  const { events }: { events: { type: string }[] } = JSON.parse(await response.text());
  return events.filter(({ type }) => type.endsWith("StateEntered")).length;
}

/** SES sends mail only from an address that it has verified. */
async function verifySender(EmailAddress: string): Promise<void> {
  const ses = new SESClient({});
  await ses.send(new VerifyEmailIdentityCommand({ EmailAddress }));
  ses.destroy();
}
