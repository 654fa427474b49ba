/**
 * A client for a running local stack: the API over HTTP, the mailbox, the Stripe emulator's controls, and DynamoDB for
 * what consumers recorded. The demo and the end-to-end tests use it.
 */

import { DynamoDBClient, GetItemCommand } from "@aws-sdk/client-dynamodb";
import type { AuditEntry } from "../lib/audit/audit-entry.ts";
import { fromAttributes } from "../lib/aws/attribute-values.ts";
import { present } from "../lib/present.ts";
import { type SentMail, sentMails } from "./sent-mails.ts";
import type { StackUrls } from "./stack-process.ts";

export interface RunStep {
  readonly id: string;
  readonly capability: string;
  readonly status: string;
  readonly startedAt?: string;
  readonly endedAt?: string;
  readonly error?: { readonly code: string; readonly message: string };
}

export interface Run {
  readonly runId: string;
  readonly status: string;
  readonly startedAt: string;
  readonly endedAt?: string;
  readonly steps: readonly RunStep[];
  readonly error?: { readonly code: string; readonly message: string };
}

/** A mail as its receiver sees it. */
export type Mail = SentMail;

export interface ApiAnswer {
  readonly status: number;
  readonly headers: Headers;
  readonly body: Record<string, unknown>;
}

const LOCAL_KEY = "local-dev-key";
const POLL_MS = 50;

/** Calls `look` until it finds something. After `seconds`, throws an Error that names `what` it waited for. */
export async function waitFor<T>(what: string, look: () => Promise<T | undefined>, seconds = 60): Promise<T> {
  const giveUpAt = Date.now() + seconds * 1000;
  for (;;) {
    const found = await look();
    if (found !== undefined) return found;
    if (Date.now() > giveUpAt) throw new Error(`Waited ${seconds} s for ${what}; it did not happen`);
    await new Promise((resume) => setTimeout(resume, POLL_MS));
  }
}

/** Everything that people and applications do with a stack from outside. */
export class StackClient {
  readonly #urls: StackUrls;
  readonly #dynamodb: DynamoDBClient;

  constructor(urls: StackUrls) {
    this.#urls = urls;
    this.#dynamodb = new DynamoDBClient({
      endpoint: urls.dynamodb,
      region: "us-east-1",
      credentials: { accessKeyId: "local", secretAccessKey: "local" },
    });
  }

  /** A request to the API, with the local key. `path` begins with a slash. */
  async call(method: string, path: string, options: CallOptions = {}): Promise<ApiAnswer> {
    const answer = await fetch(this.#urls.api + path, {
      method,
      headers: {
        authorization: `Bearer ${LOCAL_KEY}`,
        ...(options.body === undefined ? {} : { "content-type": "application/json" }),
        ...present({ "idempotency-key": options.idempotencyKey }),
        ...options.headers,
      },
      ...(options.body === undefined ? {} : { body: JSON.stringify(options.body) }),
    });
    const text = await answer.text();
    return { status: answer.status, headers: answer.headers, body: text === "" ? {} : JSON.parse(text) };
  }

  /** A request to the controls of the Stripe emulator. */
  async control(method: string, path: string, body?: object): Promise<{ status: number; body: unknown }> {
    const answer = await fetch(`${this.#urls.stripeEmulator}/_emulator/${path}`, {
      method,
      ...(body === undefined
        ? {}
        : { body: JSON.stringify(body), headers: { "content-type": "application/json" } }),
    });
    return { status: answer.status, body: await answer.json() };
  }

  /** Invokes a capability over HTTP. */
  invoke(capabilityId: string, inputs: object, idempotencyKey: string): Promise<ApiAnswer> {
    return this.call("POST", `/api/capabilities/${capabilityId}`, { body: inputs, idempotencyKey });
  }

  /** Starts a run and returns its id. Throws unless the API responds with 202. */
  async startRun(workflowId: string, input: object, idempotencyKey: string): Promise<string> {
    const { status, body } = await this.call("POST", `/api/workflows/${workflowId}/runs`, {
      body: input,
      idempotencyKey,
    });
    if (status !== 202 || typeof body.runId !== "string") {
      throw new Error(`Starting ${workflowId} responded with ${status}: ${JSON.stringify(body)}`);
    }
    return body.runId;
  }

  async readRun(workflowId: string, runId: string): Promise<Run> {
    const answer = await fetch(`${this.#urls.api}/api/workflows/${workflowId}/runs/${runId}`, {
      headers: { authorization: `Bearer ${LOCAL_KEY}` },
    });
    if (!answer.ok)
      throw new Error(`GET run ${runId} responded with ${answer.status}: ${await answer.text()}`);
    return (await answer.json()) as Run;
  }

  /** The run once it has ended. */
  endedRun(workflowId: string, runId: string): Promise<Run> {
    return waitFor(`run ${runId} to end`, async () => {
      const run = await this.readRun(workflowId, runId);
      return run.status === "running" ? undefined : run;
    });
  }

  /** The newest mail to `address` whose subject matches. */
  mailTo(address: string, subject = /./): Promise<Mail> {
    return waitFor(`a mail to ${address}`, async () =>
      (await sentMails(this.#urls.mailbox)).findLast(
        (mail) => mail.to.includes(address) && subject.test(mail.subject),
      ),
    );
  }

  /** Pays as a customer would from the browser. `card` is a test card's number. */
  pay(paymentIntent: string, card: string): Promise<{ status: number; body: unknown }> {
    return this.control("POST", "pay", { paymentIntent, card });
  }

  /** The audit entries about an object, newest first, once `accept` says that they are complete. */
  audited(
    objectId: string,
    accept: (entries: readonly AuditEntry[]) => boolean,
  ): Promise<readonly AuditEntry[]> {
    return waitFor(`the audit log's entries of ${objectId}`, async () => {
      const { status, body } = await this.call("GET", `/api/audit?object=${objectId}`);
      if (status !== 200 || !isEntries(body.entries))
        throw new Error(`GET /api/audit responded with ${status}: ${JSON.stringify(body)}`);
      return accept(body.entries) ? body.entries : undefined;
    });
  }

  /** The state of a Stripe object that the consumers recorded, once `accept` says that it is the awaited one. */
  recordedState(
    objectId: string,
    accept: (state: Record<string, unknown>) => boolean,
  ): Promise<Record<string, unknown>> {
    return waitFor(`the recorded state of ${objectId}`, async () => {
      const { Item } = await this.#dynamodb.send(
        new GetItemCommand({
          TableName: "contractspec-stripe-dev-stripe-objects",
          Key: { objectId: { S: objectId } },
          ConsistentRead: true,
        }),
      );
      const state = Item === undefined ? undefined : fromAttributes(Item);
      return state !== undefined && accept(state) ? state : undefined;
    });
  }
}

function isEntries(value: unknown): value is AuditEntry[] {
  return Array.isArray(value);
}

interface CallOptions {
  readonly body?: unknown;
  readonly idempotencyKey?: string;
  readonly headers?: Readonly<Record<string, string>>;
}

/** The payment link in a mail. */
export function payLinkIn(mail: Mail): string {
  const link = /https?:\/\/\S+\/pay\/[\w.~-]+/.exec(mail.text)?.[0];
  if (link === undefined) throw new Error("The mail contains no payment link");
  return link;
}

/** The id of the payment intent that a pay page is for, from the client secret that the page gives to Stripe.js. */
export function paymentIntentOn(page: string): string {
  const id = /(pi_[A-Za-z0-9]+)_secret_/.exec(page)?.[1];
  if (id === undefined) throw new Error("The pay page contains no client secret of a payment intent");
  return id;
}
