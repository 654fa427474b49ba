/**
 * Counts what this process calls: a front before each emulated service passes calls on and notes them. In steps, it also
 * counts how many of the calls come one after the other: a step holds calls until this process has sent all that it can
 * send without another response, and then lets all of them through at once.
 */
import { Agent, createServer, type IncomingHttpHeaders, type IncomingMessage, request } from "node:http";
import { setTimeout as pause, setImmediate } from "node:timers/promises";
import { type CountedCall, countedCall } from "./counted-call.ts";

/** How long nothing more must be sent until a step is complete. In turns of the event loop, because the process can be paused. */
const QUIET_MS = 15;
const QUIET_TURNS = 20;

export interface CountingFronts {
  /** The environment that leads clients through the fronts, by the names that led them to the services. */
  readonly environment: Readonly<Record<string, string>>;
  /** The calls since the last `begin`, in the order of their arrival. */
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
  let steps: Steps | undefined;
  const agent = new Agent({ keepAlive: true });
  for (const [variable, target] of Object.entries(targets)) {
    const server = createServer(async (incoming, response) => {
      const body = await bodyOf(incoming);
      calls.push(countedCall(variable, incoming, body));
      await steps?.next();
      const answer = await passOn(agent, target, incoming, body);
      response.writeHead(answer.status, answer.headers).end(answer.body);
    });
    await new Promise<void>((listening) => server.listen(0, "127.0.0.1", listening));
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
      agent.destroy();
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

interface Answer {
  readonly status: number;
  readonly headers: IncomingHttpHeaders;
  readonly body: Buffer;
}

async function passOn(
  agent: Agent,
  target: string,
  incoming: IncomingMessage,
  body: Buffer,
): Promise<Answer> {
  const { host: _host, connection: _connection, ...headers } = incoming.headers;
  const url = new URL(incoming.url ?? "/", target);
  for (;;) {
    const sent = request(url, { method: incoming.method, agent, headers });
    try {
      return await new Promise((resolve, reject) => {
        sent.once("error", reject);
        sent.once("response", (answer) => {
          bodyOf(answer).then((received) => {
            const { "transfer-encoding": _chunked, connection: _closed, ...kept } = answer.headers;
            resolve({ status: answer.statusCode ?? 500, headers: kept, body: received });
          }, reject);
        });
        sent.end(body);
      });
    } catch (error) {
      // The service closed the idle connection at the moment when it was used again, and did not read the request.
      if (!sent.reusedSocket) throw error;
    }
  }
}

async function bodyOf(message: IncomingMessage): Promise<Buffer> {
  const chunks: Buffer[] = [];
  for await (const chunk of message) chunks.push(chunk);
  return Buffer.concat(chunks);
}
