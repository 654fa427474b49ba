/** `npm run endpoints` on emulated services on this machine, with the functions that send notifications. */
import { afterAll, beforeAll, describe, expect, it } from "@jest/globals";
import { Webhook } from "standardwebhooks";
import { receiveMessages, sendToQueue } from "../../lib/aws/sqs.ts";
import { fanOut } from "../../lib/endpoints/fan-out.ts";
import { deadLetterUrl, queueUrlVariable } from "../../lib/events/event-queues.ts";
import { endpointsCommand } from "../../scripts/endpoints/command.ts";
import { runEndpoints } from "../../scripts/endpoints/run.ts";
import { eventsCommand } from "../../scripts/events/command.ts";
import { runEvents } from "../../scripts/events/run.ts";
import { accept, type Receiver, startReceiver, status } from "../lib/endpoints/receiver.ts";
import { askedFor, runHere } from "../steps/commands.ts";
import { startConsumers, until } from "../steps/consuming.ts";
import * as given from "../steps/given.ts";
import { ourAttributes } from "../steps/sqs-record.ts";

const NOW = new Date("2026-11-25T12:00:00Z");
const ENDPOINT = "ep_0123456789abcdef";

describe("given the words of a command", () => {
  const command = (words: string) => askedFor(endpointsCommand, words, NOW);
  const since = new Date("2026-11-25T10:00:00Z");

  it.each<[string, object]>([
    ["create --url https://a.example", { action: "create", url: "https://a.example", types: [] }],
    [
      "create --url https://a.example --type payment.* --type invoice.paid --description shop",
      {
        action: "create",
        url: "https://a.example",
        types: ["payment.*", "invoice.paid"],
        description: "shop",
      },
    ],
    ["list", { action: "list" }],
    ["deliveries evt_1", { action: "deliveries", notificationId: "evt_1" }],
    [`rotate ${ENDPOINT}`, { action: "rotate", endpointId: ENDPOINT, graceSeconds: 86_400 }],
    [`rotate ${ENDPOINT} --grace 0s`, { action: "rotate", endpointId: ENDPOINT, graceSeconds: 0 }],
    [`disable ${ENDPOINT}`, { action: "disable", endpointId: ENDPOINT }],
    [`enable ${ENDPOINT}`, { action: "enable", endpointId: ENDPOINT }],
    [`test ${ENDPOINT}`, { action: "test", endpointId: ENDPOINT }],
    ["replay evt_1 evt_2", { action: "replay", notificationIds: ["evt_1", "evt_2"], dryRun: false }],
    [
      `replay --since 2h --endpoint ${ENDPOINT} --dry-run`,
      {
        action: "replay",
        notificationIds: [],
        range: { since, until: NOW },
        endpointId: ENDPOINT,
        dryRun: true,
      },
    ],
    ["reseal", { action: "reseal" }],
  ])("%s is understood", (words, expected) => {
    expect(command(words)).toEqual(expected);
  });

  it.each([
    ["create", "create needs --url"],
    ["disable ep_1", "Name the endpoint by its id"],
    ["deliveries pi_1", "Name the notification by its id"],
    [`rotate ${ENDPOINT} --grace soon`, "--grace must be a time"],
    ["replay", "replay needs ids of notifications, or --since"],
    ["replay evt_1 --since 2h", "ids of notifications or a time, not both"],
    ["replay --since 2h --until 3h", "--until must be later than --since"],
    ["remove ep_1", 'Unknown command "remove"'],
  ])("%s is refused: %s", (words, message) => {
    expect(() => command(words)).toThrow(message);
  });
});

describe("given a stack with a receiver", () => {
  const aws = given.localAws(given.DEPLOYED_NAMES);
  const log = given.capturedLog();
  let receiver: Receiver;
  let consumers: { stop(): Promise<void> };
  beforeAll(async () => {
    const portOf = (url: string) => new URL(url).port;
    Object.assign(process.env, {
      DYNAMODB_PORT: portOf(aws.endpoints.dynamodb),
      SQS_PORT: portOf(aws.endpoints.sqs),
      LOOPBACK_ENDPOINTS: "allowed",
    });
    receiver = await startReceiver();
    consumers = startConsumers(["delivery"]);
  });
  afterAll(async () => {
    await consumers.stop();
    await receiver.close();
  });
  const endpoints = (words: string | readonly string[]) => runHere(endpointsCommand, runEndpoints, words);
  const idIn = (text: string) => /ep_[0-9a-f]{16}/.exec(text)?.[0] ?? "";
  const publish = (id: string) =>
    fanOut({
      body: JSON.stringify({ id, type: "payment.succeeded" }),
      ...{ messageId: id, receiveCount: 1, now: () => new Date(), deadline: Date.now() + 10_000 },
    });

  it("create prints the secret alone on standard output, and test sends a signed test with it", async () => {
    const created = await endpoints([
      "create",
      "--url",
      receiver.url,
      "--type",
      "payment.*",
      "--description",
      "my shop",
    ]);
    expect(created).toMatchObject({ status: 0 });
    const secret = created.out.trim();
    expect(secret).toMatch(/^whsec_[A-Za-z0-9+/]{43}=$/);
    const id = idIn(created.err);

    const tested = await endpoints(`test ${id}`);
    expect(tested).toMatchObject({
      status: 0,
      out: expect.stringMatching(/^evt_test_\w+: 204, after \d+ ms\n$/),
    });
    const [{ headers, body } = { headers: {}, body: "" }] = receiver.received;
    const given = Object.fromEntries(Object.entries(headers).map(([name, value]) => [name, String(value)]));
    expect(new Webhook(secret).verify(body, given)).toMatchObject({ type: "endpoint.test", object: { id } });

    const list = await endpoints("list");
    expect(list.out).toMatch(new RegExp(`${id} +enabled +payment\\.\\* +1 .* ${receiver.url} +my shop`));
    expect(list.out + log.text()).not.toContain("whsec_");
    expect(await endpoints(["create", "--url", receiver.url])).toMatchObject({
      status: 2,
      err: expect.stringContaining(`${id} has this URL already`),
    });
  });

  it("a failed test says what the receiver responded, and is not sent again", async () => {
    const id = idIn((await endpoints("list")).out);
    receiver.received.length = 0;
    receiver.respond = status(503);
    const tested = await endpoints(`test ${id}`);
    expect(tested).toMatchObject({ status: 1, out: expect.stringContaining(": 503, after") });
    expect((await endpoints("list")).out).toMatch(new RegExp(`${id} +enabled `));
    receiver.respond = accept;
    expect(receiver.received).toHaveLength(1);
  });

  it("deliveries shows the attempts, and replay sends again with the same id", async () => {
    receiver.received.length = 0;
    await publish("evt_replayed");
    await until("it has arrived", async () => receiver.received.length === 1);
    await until("that is noted", async () => (await endpoints("deliveries evt_replayed")).status === 0);
    const shown = await endpoints("deliveries evt_replayed");
    expect(shown.out).toMatch(/evt_replayed payment.succeeded[\s\S]*delivered +2\d{3}-\S+ \S+ +204 +\d+ ms/);
    expect((await endpoints("replay --since 1h --dry-run")).out).toContain(
      "evt_replayed\n1 notification to replay.",
    );
    expect((await endpoints("replay --since 1h")).out).toBe("1 notification replayed, in 1 message.\n");
    await until("it has arrived again", async () => receiver.received.length === 2);
    expect(receiver.received.map(({ headers }) => headers["webhook-id"])).toEqual([
      "evt_replayed",
      "evt_replayed",
    ]);
    expect(await endpoints("deliveries evt_unknown")).toMatchObject({ status: 2 });
    expect(await endpoints("replay evt_unknown")).toMatchObject({ status: 2 });
  });

  it("rotate adds a secret, reseal keeps both, and too many are refused", async () => {
    const id = idIn((await endpoints("list")).out);
    const rotated = await endpoints(`rotate ${id}`);
    expect(rotated.out).toMatch(/^whsec_/);
    expect((await endpoints("reseal")).err).toContain("Sealed the secrets of 1 endpoint again");
    receiver.received.length = 0;
    await endpoints(`test ${id}`);
    expect(String(receiver.received[0]?.headers["webhook-signature"]).split(" ")).toHaveLength(2);
    await endpoints(`rotate ${id}`);
    expect(await endpoints(`rotate ${id}`)).toMatchObject({
      status: 2,
      err: expect.stringContaining("--grace 0s"),
    });
    await endpoints(`rotate ${id} --grace 0s`);
    await endpoints(`test ${id}`);
    expect(String(receiver.received.at(-1)?.headers["webhook-signature"]).split(" ")).toHaveLength(1);
  });

  it("disable stops everything until enable", async () => {
    const id = idIn((await endpoints("list")).out);
    expect(await endpoints(`disable ${id}`)).toMatchObject({ status: 0 });
    expect((await endpoints("list")).out).toMatch(/disabled 2\d{3}-.* \(operator\)/);
    expect(await endpoints(`test ${id}`)).toMatchObject({
      status: 2,
      err: expect.stringContaining("enable it"),
    });
    expect(await endpoints(`enable ${id}`)).toMatchObject({ status: 0 });
    expect(await endpoints(`test ${id}`)).toMatchObject({ status: 0 });
    expect(await endpoints(`enable ${ENDPOINT}`)).toMatchObject({
      status: 2,
      err: expect.stringContaining("no endpoint"),
    });
  });

  it("npm run events shows dead letters of endpoints by the notification's id, and redrives them", async () => {
    const queueUrl = String(process.env[queueUrlVariable("notification")]);
    const body = JSON.stringify({ id: "evt_dead", type: "payment.succeeded" });
    await sendToQueue(deadLetterUrl(queueUrl), body, ourAttributes("notification", body));
    await sendToQueue(deadLetterUrl(queueUrl), JSON.stringify({ id: "evt_forged" }));
    const events = (words: string) => runHere(eventsCommand, runEvents, words);
    expect((await events("list --dead")).out).toMatch(/notification +notification +evt_dead .* us/);
    const redriven = await events("redrive notification");
    expect(redriven.out).toContain("notification evt_dead goes back to notification-events");
    expect(redriven.out).toContain("has no valid MAC: --discard deletes it");
    expect(redriven.out).toContain("1 message moved; 1 left in the dead-letter queues.");
    expect((await receiveMessages(queueUrl, 0)).map((message) => message.body)).toEqual([body]);
  });
});
