/** What reaches the functions from outside: requests of the application and of browsers, and Stripe's events. */
import { deleteMessage, receiveMessages } from "../../../lib/aws/sqs.ts";
import { queueOf, queueUrlVariable, type SignedQueue } from "../../../lib/events/event-queues.ts";
import { fieldsOf } from "../../../lib/untrusted.ts";
import { type HttpCall, httpEvent } from "../../steps/given.ts";
import { signatureHeader } from "../../steps/signed.ts";
import { sqsRecord } from "../../steps/sqs-record.ts";
import type { emulatorClient } from "../../steps/stripe-emulator-client.ts";
import type { FunctionsInTurn } from "./functions-in-turn.ts";
import type { Tally } from "./tally.ts";

export interface TrafficOptions {
  readonly functions: FunctionsInTurn;
  /** The one that counts at the moment. */
  readonly tally: () => Tally;
  /** The application's API key. */
  readonly key: string;
  readonly stripe: ReturnType<typeof emulatorClient>;
  readonly webhookSecret: string;
  /** The types of events that Stripe sends. */
  readonly subscribed: readonly string[];
}

export class Traffic {
  readonly #options: TrafficOptions;
  #requests = 0;

  constructor(options: TrafficOptions) {
    this.#options = options;
  }

  /** A request of a client with a key, or of a browser. Resolves with the response's body; rejects unless it is a success. */
  async request(name: string, call: HttpCall & { readonly open?: boolean }): Promise<string> {
    this.#options.tally().requests += 1;
    this.#requests += 1;
    const headers = { "idempotency-key": `key-${this.#requests}`, ...call.headers };
    const event = httpEvent({ ...call, headers });
    if (call.open !== true) await this.authorize(event);
    const { statusCode, body } = fieldsOf(await this.#options.functions.invoke(name, event));
    if (Number(statusCode) >= 300) throw new Error(`${name} responded with ${statusCode}: ${body}`);
    return String(body);
  }

  /** As API Gateway asks the authorizer. */
  async authorize(event: object = httpEvent({})): Promise<void> {
    const identitySource = [`Bearer ${this.#options.key}`];
    await this.#options.functions.invoke("authorizer", { ...event, type: "REQUEST", identitySource });
  }

  async callFor(name: string, inputs: object): Promise<Readonly<Record<string, unknown>>> {
    const body = await this.request(name, { path: `/api/capabilities/${name}`, body: inputs });
    return fieldsOf(JSON.parse(body));
  }

  /** Delivers what has happened at Stripe since event number `count`, each event by itself, as at a low rate. */
  async deliverSince(count: number): Promise<void> {
    for (let next = count; ; ) {
      const events = await this.#options.stripe.eventsSince(next);
      if (events.length === 0) return;
      next += events.length;
      for (const event of events)
        if (this.#options.subscribed.includes(event.type)) await this.#deliver(event);
    }
  }

  async #deliver(event: { readonly type: string }): Promise<void> {
    const { events } = this.#options.tally();
    events[event.type] = (events[event.type] ?? 0) + 1;
    const body = JSON.stringify(event);
    await this.request("stripe-webhook", {
      path: "/api/webhooks/stripe",
      body,
      headers: { "stripe-signature": signatureHeader(body, [this.#options.webhookSecret]) },
      open: true,
      authorizer: null,
    });
    await this.#consume(queueOf(event.type));
    await this.#consume("notification");
  }

  /** Consumes what is in the queue, if there is anything. */
  async #consume(queue: SignedQueue): Promise<void> {
    const queueUrl = process.env[queueUrlVariable(queue)] ?? "";
    const messages = await receiveMessages(queueUrl, 30, 0);
    if (messages.length === 0) return;
    const report = await this.#options.functions.invoke(`on-${queue}-event`, {
      Records: messages.map((message) => sqsRecord(queue, message.body)),
    });
    if (fieldsOf(report).batchItemFailures?.toString() !== "")
      throw new Error(`A message of ${queue} was not consumed`);
    for (const { receipt } of messages) await deleteMessage(queueUrl, receipt);
  }
}
