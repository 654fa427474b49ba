/** Delivers events to the webhook as Stripe does: signed, concurrently, and repeated until they are accepted. */
import { Agent, request } from "node:http";
import { webhookSignature } from "../../stripe-emulator/index.ts";
import type { StormEvent } from "./storm-events.ts";

/** Stripe tries for three days; a delivery in a storm is given up after this many tries. */
const MAX_TRIES = 50;

export interface Delivered {
  /** The number of responses by status; `none` for a connection that was cut. */
  readonly answers: Readonly<Record<string, number>>;
  /** Deliveries that were never accepted. */
  readonly refused: number;
}

export interface DeliveryOptions {
  readonly url: string;
  readonly secret: string;
  readonly concurrency: number;
  readonly onAccepted: () => void;
}

/** Resolves when every delivery has been accepted or given up. */
export async function deliver(
  deliveries: readonly StormEvent[],
  options: DeliveryOptions,
): Promise<Delivered> {
  const agent = new Agent({ keepAlive: true, maxSockets: options.concurrency });
  const answers: Record<string, number> = {};
  let refused = 0;
  const waiting = deliveries.values();
  const sender = async () => {
    for (const { body } of waiting) {
      let accepted = false;
      for (let tries = 0; tries < MAX_TRIES && !accepted; tries += 1) {
        const signature = webhookSignature(body, [options.secret], Math.floor(Date.now() / 1000));
        const status = await post(options.url, body, signature, agent);
        answers[status] = (answers[status] ?? 0) + 1;
        accepted = /^2/.test(status);
      }
      if (accepted) options.onAccepted();
      else refused += 1;
    }
  };
  await Promise.all(Array.from({ length: options.concurrency }, sender));
  agent.destroy();
  return { answers, refused };
}

function post(url: string, body: string, signature: string, agent: Agent): Promise<string> {
  return new Promise((resolve) => {
    const headers = { "content-type": "application/json", "stripe-signature": signature };
    const sent = request(url, { method: "POST", agent, headers }, (answer) => {
      answer.resume();
      answer.once("end", () => resolve(String(answer.statusCode)));
      answer.once("error", () => resolve("none"));
    });
    sent.once("error", () => resolve("none"));
    sent.end(body);
  });
}
