/**
 * Counts what this process calls: a front before each emulated service passes calls on and notes them. In steps, it also
 * counts how many of the calls come one after the other: a step holds calls until this process has sent all that it can
 * send without another response, and then lets all of them through at once.
 */

import { createServer, type IncomingMessage } from "node:http";
import { setTimeout as pause, setImmediate } from "node:timers/promises";
import { keepConnections } from "../../../local/keep-connections.ts";
import { passOn } from "../../../local/pass-on.ts";
import { type CountedCall, countedCall } from "./counted-call.ts";
import { SlowAttempts } from "./slow-attempts.ts";

/** How long nothing more must be sent until a step is complete. In turns of the event loop, because the process can be paused. */
const QUIET_MS = 15;
const QUIET_TURNS = 20;

export interface CountingFronts {
  /** The environment that leads clients through the fronts, by the names that led them to the services. */
  readonly environment: Readonly<Record<string, string>>;
  /** The calls since the last `begin`, in the order of their arrival. Those that only a busy machine causes are left out. */
  readonly calls: readonly CountedCall[];
  /** Forgets the calls. */
  begin(): void;
  /** Runs `act`, and returns how many steps of calls it has waited for. */
  inSteps(act: () => Promise<unknown>): Promise<number>;
  close(): Promise<void>;
}

/** Puts a front before each service; `targets`: their URLs, by the names of the environment variables. */
export async function countingFronts(targets: Readonly<Record<string, string>>): Promise<CountingFronts> {
  const environment: Record<string, string> = {};
  const closing: (() => Promise<void>)[] = [];
  let calls: CountedCall[] = [];
  const slow = new SlowAttempts();
  let steps: Steps | undefined;
  for (const [variable, target] of Object.entries(targets)) {
    const server = createServer(async (incoming, response) => {
      const body = await bodyOf(incoming);
      if (!slow.isTheirHead(body.toString(), performance.now())) {
        calls.push(countedCall(variable, incoming, body));
        await steps?.next();
      }
      const answer = await passOn(target, incoming, body);
      response.writeHead(answer.status, answer.headers).end(answer.body);
    });
    await new Promise<void>((listening) => keepConnections(server).listen(0, "127.0.0.1", listening));
    const address = server.address();
    if (address === null || typeof address === "string") throw new Error("The front has no port");
    environment[variable] = `http://127.0.0.1:${address.port}`;
    closing.push(
      () =>
        new Promise((closed) => {
          server.close(() => closed());
          server.closeAllConnections();
        }),
    );
  }
  return {
    environment,
    get calls() {
      return calls;
    },
    begin() {
      calls = [];
    },
    async inSteps(act) {
      const counted = new Steps();
      steps = counted;
      try {
        await act();
        return counted.count;
      } finally {
        steps = undefined;
      }
    },
    async close() {
      await Promise.all(closing.map((close) => close()));
    },
  };
}

class Steps {
  count = 0;
  #held: (() => void)[] = [];
  #arrivals = 0;
  #isWaiting = false;

  /** Resolves when the step that the call belongs to is complete. */
  next(): Promise<void> {
    this.#arrivals += 1;
    return new Promise((release) => {
      this.#held.push(release);
      if (!this.#isWaiting) void this.#complete();
    });
  }

  async #complete(): Promise<void> {
    this.#isWaiting = true;
    for (let seen = 0; seen !== this.#arrivals; ) {
      seen = this.#arrivals;
      await pause(QUIET_MS);
      for (let turn = 0; turn < QUIET_TURNS; turn += 1) await setImmediate();
    }
    this.#isWaiting = false;
    this.count += 1;
    for (const release of this.#held.splice(0)) release();
  }
}

async function bodyOf(message: IncomingMessage): Promise<Buffer> {
  const chunks: Buffer[] = [];
  for await (const chunk of message) chunks.push(chunk);
  return Buffer.concat(chunks);
}
