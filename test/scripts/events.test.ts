/** `npm run events` on emulated services on this machine. */
import { readFileSync } from "node:fs";
import { afterAll, beforeAll, describe, expect, it } from "@jest/globals";
import { deleteItem, getItem, putItem } from "../../lib/aws/dynamodb.ts";
import { receiveMessages, sendToQueue } from "../../lib/aws/sqs.ts";
import { queueUrlVariable } from "../../lib/events/event-queues.ts";
import { ignoreEvent } from "../../lib/events/inbox.ts";
import { recordState } from "../../lib/events/projection.ts";
import { readQueuedEvent } from "../../lib/events/stripe-event.ts";
import { eventsCommand } from "../../scripts/events/command.ts";
import { visitDeadLetters } from "../../scripts/events/dead-letters.ts";
import { runEvents } from "../../scripts/events/run.ts";
import { type StripeEmulator, startStripeEmulator } from "../../stripe-emulator/index.ts";
import { runHere, spawned } from "../steps/commands.ts";
import { startConsumers, until } from "../steps/consuming.ts";
import * as given from "../steps/given.ts";
import { ourAttributes } from "../steps/sqs-record.ts";
import { emulatorClient } from "../steps/stripe-emulator-client.ts";

const aws = given.localAws(given.DEPLOYED_NAMES);
let stripe: StripeEmulator;
let client: ReturnType<typeof emulatorClient>;
let consumers: { stop(): Promise<void> };
given.capturedLog();
beforeAll(async () => {
  // The emulator's clock is ten minutes late, so its events are ten minutes old.
  stripe = await startStripeEmulator({ port: 0, now: () => Date.now() / 1000 - 600 });
  client = emulatorClient(stripe.url);
  const portOf = (url: string) => new URL(url).port;
  Object.assign(process.env, {
    STRIPE_SECRET_KEY: "sk_test_local",
    STRIPE_API_BASE: stripe.url,
    DYNAMODB_PORT: portOf(aws.endpoints.dynamodb),
    SQS_PORT: portOf(aws.endpoints.sqs),
    STRIPE_EMULATOR_PORT: String(stripe.port),
  });
  consumers = startConsumers();
});
afterAll(async () => {
  await consumers.stop();
  await stripe.close();
});

/** Sends to the dead-letter queue of the payment intents, as SQS moves a message of ours there. */
const sendSigned = (queueUrl: string, body: string) =>
  sendToQueue(queueUrl, body, ourAttributes("payment-intent", body));

/** Runs in this process, whose AWS and Stripe clients use the same emulators. */
const events = (words: string) => runHere(eventsCommand, runEvents, words);

const anIntent = () =>
  client.api("payment_intents", {
    amount: "4200",
    currency: "usd",
    receipt_email: "ada@example.com",
    "metadata[name]": "Ada Lovelace",
  });
const created = async (intent: { id: string }) => {
  const all = await client.eventsSince(0);
  const found = all.find((event) => JSON.stringify(event.data).includes(intent.id));
  if (found === undefined) throw new Error(`${intent.id} has no event`);
  return found;
};
const entry = (eventId: string) => getItem(given.DEPLOYED_NAMES.table("stripeEvents"), { eventId });
const isDone = (eventId: string) => async () => (await entry(eventId))?.state === "done";
const rowsWith = (text: string, word: string) => text.split("\n").filter((line) => line.includes(word));

describe("given an event that never arrived", () => {
  it("reconcile finds it and sends it to its consumer, and list and show report it", async () => {
    const customer = await client.api("customers", { email: "ada@example.com", name: "Ada Lovelace" });
    const event = await created(customer);
    const dry = await events("reconcile --since 1h --dry-run");
    expect(dry).toMatchObject({ status: 1, err: "" });
    expect(dry.out).toContain(`${event.id} customer.created of ${customer.id}: missing\n`);
    expect(dry.out).toMatch(/ UTC compared: 1 missing\.\n$/);
    expect(await entry(event.id)).toBeUndefined();

    const real = await events("reconcile --since 1h");
    expect(real).toMatchObject({
      status: 0,
      out: expect.stringContaining(`of ${customer.id}: missing, queued`),
    });
    await until("it is applied", isDone(event.id));
    expect(await events("reconcile --since 1h --dry-run")).toMatchObject({
      status: 0,
      out: expect.stringContaining("compared: 0 missing."),
    });

    const { out: list } = await events(`list --object ${customer.id}`);
    expect(rowsWith(list, event.id)).toEqual([
      expect.stringMatching(/^20\S+ \S+ {2}done +customer\.created +cus_\w+ +evt_\w+ +20/),
    ]);
    const { status, out: shown } = await events(`show ${event.id}`);
    expect(status).toBe(0);
    expect(shown).toContain(`${event.id}: customer.created of ${customer.id}\n`);
    const lines = rowsWith(shown, "20").filter((line) => /^\d{4}-/.test(line));
    expect(lines.map((line) => line.split(/ {2,}/)[1])).toEqual(["Stripe", "consumer", "object", "inbox"]);
    expect(list + shown + dry.out + real.out).not.toMatch(/Ada|ada@|_secret_/);
  });
});

describe("given events in every state", () => {
  it("replay applies events that were not applied, and repeats events that are done only with --again", async () => {
    const [done, ignored] = [await created(await anIntent()), await created(await anIntent())];
    const queued = readQueuedEvent(JSON.stringify(ignored));
    if (queued === undefined) throw new Error("This is not an event");
    await ignoreEvent({ queued, queue: "unrouted", now: () => new Date() }, "no-consumer");
    await putItem(given.DEPLOYED_NAMES.table("stripeEvents"), {
      eventId: done.id,
      state: "done",
      appliedAt: "before",
    });

    const dry = await events(`replay ${done.id} ${ignored.id} --dry-run`);
    expect(dry.out).toContain(`${ignored.id} payment_intent.created`);
    expect(dry.out).toContain("would be queued (was ignored)");
    expect(await entry(ignored.id)).toMatchObject({ state: "ignored" });

    const real = await events(`replay ${done.id} ${ignored.id} evt_nobody`);
    expect(real.status).toBe(1);
    expect(rowsWith(real.out, done.id)).toEqual([expect.stringContaining("already done; --again")]);
    expect(real.out).toContain("evt_nobody: Stripe does not have it");
    expect(real.out).toContain("1 already done, 1 queued, 1 not at Stripe.");
    await until("the ignored event is applied", isDone(ignored.id));
    expect(await entry(done.id)).toMatchObject({ appliedAt: "before" });

    const again = await events(`replay --object ${objectOf(done)} --since 1h --again`);
    expect(again).toMatchObject({ status: 0, out: expect.stringContaining("queued (was done)") });
    await until("it is applied again", async () => {
      const item = await entry(done.id);
      return item?.state === "done" && item.appliedAt !== "before";
    });
  });
});

describe("given an event for which Stripe is not asked", () => {
  it("reconcile does not miss it, and replay applies it only if its id or its type is named", async () => {
    const event = await created(await anIntent());
    const dry = await events("reconcile --since 1h --dry-run");
    expect(rowsWith(dry.out, event.id)).toEqual([]);
    const unnamed = await events(`replay --object ${objectOf(event)} --since 1h`);
    expect(unnamed).toMatchObject({ status: 0, out: expect.stringContaining("1 not asked for.") });
    expect(await entry(event.id)).toBeUndefined();
    await events(`replay --object ${objectOf(event)} --type payment_intent.created --since 1h`);
    await until("it is applied", isDone(event.id));
  });
});

const objectOf = (event: Record<string, unknown>) => /"id":"(pi_\w+)"/.exec(JSON.stringify(event.data))?.[1];

describe("given messages in the dead-letter queues", () => {
  it("list shows them without removing them, and redrive moves only those that match", async () => {
    const [wanted, other] = [await created(await anIntent()), await created(await anIntent())];
    const dead = `${process.env[queueUrlVariable("payment-intent")]}-dead-letter`;
    await sendSigned(dead, JSON.stringify(wanted));
    await sendSigned(dead, JSON.stringify(other));
    await sendSigned(dead, "Ada Lovelace paid");

    const list = await events("list --dead");
    expect(list.out).toContain("3 messages.");
    expect(rowsWith(list.out, wanted.id)).toHaveLength(1);
    expect(rowsWith(list.out, "no event")).toHaveLength(1);
    const shown = await events(`show ${wanted.id}`);
    expect(shown.out).toContain("waits in payment-intent-events-dead-letter");
    expect(list.out + shown.out).not.toContain("Ada");

    const redrive = `redrive payment-intent --object ${objectOf(wanted)} --type payment_intent.*`;
    expect((await events(`${redrive} --dry-run`)).out).toContain("1 message to move; 2 left");
    expect((await events(redrive)).out).toContain("1 message moved; 2 left in the dead-letter queues.");
    await until("it is applied", isDone(wanted.id));
    expect((await receiveMessages(dead, 0)).map(({ body }) => body).sort()).toEqual(
      ["Ada Lovelace paid", JSON.stringify(other)].sort(),
    );
  });
});

describe("given messages in a dead-letter queue that none of our functions has sent", () => {
  const dead = () => `${process.env[queueUrlVariable("payment-intent")]}-dead-letter`;
  const emptied = () => visitDeadLetters("payment-intent", async () => "delete");

  it("redrive replaces a message by the event as Stripe has it, so that an invented content is not applied", async () => {
    await emptied();
    const event = await created(await anIntent());
    const invented = JSON.stringify(event).replace(
      '"status":"requires_payment_method"',
      '"status":"succeeded"',
    );
    expect(invented).not.toBe(JSON.stringify(event));
    await sendToQueue(dead(), invented);
    expect(rowsWith((await events("list --dead")).out, event.id)).toEqual([
      expect.stringMatching(/ unknown$/),
    ]);
    expect((await events(`show ${event.id}`)).out).toContain("none of our functions has sent it");
    expect((await events("redrive payment-intent --dry-run")).out).toContain(
      "would be replaced by the event",
    );
    expect((await events("redrive payment-intent")).out).toContain("1 message moved.");
    await until("it is applied", isDone(event.id));
    expect(
      await getItem(given.DEPLOYED_NAMES.table("stripeObjects"), { objectId: objectOf(event) }),
    ).toMatchObject({ status: "requires_payment_method" });
  });

  it("an event that Stripe does not have stays, and --discard deletes it", async () => {
    await emptied();
    const event = await created(await anIntent());
    await sendToQueue(dead(), JSON.stringify({ ...event, id: "evt_invented" }));
    await sendToQueue(dead(), "Ada Lovelace paid", ourAttributes("invoice", "Ada Lovelace paid"));
    const left = await events("redrive");
    expect(left.out).toContain("has no valid MAC, and Stripe does not have the event: --discard deletes it");
    expect(left.out).toContain("0 messages moved; 2 left in the dead-letter queues.");
    expect((await events("redrive --discard --dry-run")).out).toContain("2 to discard");
    const discarded = await events("redrive --discard");
    expect(discarded.out).toContain("0 messages moved; 2 discarded.");
    expect(left.out + discarded.out).not.toContain("Ada");
    expect(await receiveMessages(dead(), 0)).toEqual([]);
    expect(await entry("evt_invented")).toBeUndefined();
  });
});

describe("given SES's reports in the dead-letter queue of the mails", () => {
  it("list shows them without an address, and redrive sends them back as they are", async () => {
    const queue = String(process.env[queueUrlVariable("mail")]);
    const dead = `${queue}-dead-letter`;
    const bounce = JSON.stringify({
      eventType: "Bounce",
      bounce: { bounceType: "Permanent", bouncedRecipients: [{ emailAddress: "ada@example.com" }] },
      mail: { messageId: "mail-1", destination: ["ada@example.com"], tags: { payment: ["pi_1"] } },
    });
    await sendToQueue(dead, bounce);
    await sendToQueue(dead, "ada@example.com bounced");

    const list = await events("list --dead");
    expect(rowsWith(list.out, " mail ").map((row) => row.split(/ {2,}/).slice(1, 4))).toEqual([
      ["mail", "Bounce", "pi_1"],
      ["mail", "no report", expect.stringMatching(/^message /)],
    ]);
    expect(rowsWith(list.out, "Bounce")).toEqual([expect.stringMatching(/ SES$/)]);
    expect(rowsWith(list.out, "no report")).toEqual([expect.stringMatching(/ unknown$/)]);

    expect((await events("redrive mail --dry-run")).out).toContain("1 message to move; 1 left");
    const moved = await events("redrive mail");
    expect(moved.out).toContain("SES's report Bounce of mail mail-1 goes back to mail-events\n");
    expect(moved.out).toContain("no report of SES, would be refused again: --discard deletes it");
    expect(moved.out).toContain("1 message moved; 1 left in the dead-letter queues.");
    expect((await receiveMessages(queue, 0)).map(({ body }) => body)).toEqual([bounce]);
    expect((await events("redrive mail --discard")).out).toContain("0 messages moved; 1 discarded.");
    expect(await receiveMessages(dead, 0)).toEqual([]);
    expect(list.out + moved.out).not.toContain("ada@");
  });
});

describe("given a dead-letter queue whose messages cannot be moved", () => {
  it("they stay in it, and are visible again immediately", async () => {
    const dead = `${process.env[queueUrlVariable("invoice")]}-dead-letter`;
    await sendToQueue(dead, "one");
    const visit = () => Promise.reject(new Error("SQS is down"));
    await expect(visitDeadLetters("invoice", visit)).rejects.toThrow("down");
    const seen: string[] = [];
    await visitDeadLetters("invoice", async ({ body }) => {
      seen.push(body);
      return "delete";
    });
    expect(seen).toEqual(["one"]);
    expect(await receiveMessages(dead, 0)).toEqual([]);
  });
});

describe("given a record that differs from Stripe", () => {
  it("drift ends with 1 and names the fields, and --fix records the state at Stripe", async () => {
    const intent = await anIntent();
    const queued = readQueuedEvent(JSON.stringify(await created(intent)));
    if (queued?.kind !== "snapshot") throw new Error("This is not a snapshot");
    await recordState(queued.event, { read: async () => undefined, now: () => new Date() });
    await client.pay(intent.id, "4242424242424242");

    const found = await events(`drift --object ${intent.id}`);
    expect(found.status).toBe(1);
    expect(rowsWith(found.out, intent.id)).toEqual([
      expect.stringMatching(/payment_intent +requires_payment_method +succeeded +chargeId final status$/),
    ]);
    const fixed = await events("drift --fix");
    expect(fixed).toMatchObject({ status: 0, out: expect.stringContaining("1 fixed.") });
    expect(await getItem(given.DEPLOYED_NAMES.table("stripeObjects"), { objectId: intent.id })).toMatchObject(
      {
        status: "succeeded",
      },
    );
  });
});

describe("given customers who are older than our records", () => {
  it("complete records them with what belongs to them, once", async () => {
    const customer = await client.api("customers", {
      email: "old@example.com",
      payment_method: "pm_card_visa",
    });
    const table = given.DEPLOYED_NAMES.table("stripeObjects");
    await deleteItem(table, { objectId: customer.id }, {});
    expect(await events("complete")).toMatchObject({
      status: 0,
      out: expect.stringMatching(/[1-9]\d* completed/),
    });
    expect(await getItem(table, { objectId: customer.id })).toMatchObject({ stateOf: customer.id });
    expect(await events("complete")).toMatchObject({
      status: 0,
      out: expect.stringMatching(/: 0 completed/),
    });
  });
});

describe("given a command that cannot do its work", () => {
  it.each([
    ["a mistake", "replay", "replay needs event ids, or --type, --object or --since"],
    ["an unknown event", "show evt_nobody", "Neither the inbox, nor a dead-letter queue, nor Stripe"],
  ])(
    "%s ends it with 2 and a sentence, and prints nothing on standard output",
    async (_what, words, message) => {
      expect(await events(words)).toEqual({ status: 2, out: "", err: expect.stringContaining(message) });
    },
  );

  it("as a process without Stripe, it ends with 2, says what it called and what to do, and shows no stack trace", async () => {
    const { status, out, err } = await spawned("events", "reconcile", {
      STRIPE_API_BASE: "",
      STRIPE_EMULATOR_PORT: "1",
    });
    expect({ status, out }).toEqual({ status: 2, out: "" });
    expect(err.trimEnd().split("\n")).toEqual([
      expect.stringMatching(/^Stripe could not be reached, .*ECONNREFUSED/),
      "Called: Stripe, http://127.0.0.1:1",
      expect.stringContaining("Is the local stack running (npm start)?"),
    ]);
  });

  it("package.json runs it, and installs missing dependencies first", () => {
    const { scripts } = JSON.parse(readFileSync("package.json", "utf8"));
    expect(scripts).toMatchObject({
      events: "npm run -s preflight && npm run -s events:run --",
      "events:run": "node scripts/events.ts",
    });
  });
});
