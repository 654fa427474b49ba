/**
 * Random faults of an AWS service, for load and failure tests: `POST /_faults {"rate": 0.1, "seed": 1}` on the
 * emulator's port makes one call in ten fail, `{"rate": 0}` stops that, and every response says how many calls were
 * made to fail. A third of the faults each: a 503 response, a connection cut before the service did anything, one cut
 * after it did the work.
 *
 * An event source's calls (receiving and deleting messages) never fail: on AWS, Lambda itself makes them.
 *
 * `{"rate": 1, "table": "contractspec-stripe-dev-customers"}` makes DynamoDB throttle that table instead: only its calls fail, and none
 * does any work. `GET /_faults` says how many reads and writes of each table were throttled, which CloudWatch would count.
 */
import { once } from "node:events";
import type { IncomingMessage, RequestListener, Server, ServerResponse } from "node:http";
import { present } from "../../lib/present.ts";
import { seededRandom } from "../seeded-random.ts";

const PATH = "/_faults";
const EVENT_SOURCE_CALLS = /\.(ReceiveMessage|DeleteMessage|DeleteMessageBatch|GetQueueAttributes)$/;

const READS = /\.(GetItem|BatchGetItem|Query|Scan|TransactGetItems)$/;

interface Throttled {
  read: number;
  write: number;
}

/** Puts the faults in front of the handlers of `server`. */
export function withFaults(server: Server): Server {
  const handlers = server.listeners("request").filter(isRequestListener);
  server.removeAllListeners("request");
  const faults = new Faults();
  const pass = (request: IncomingMessage, response: ServerResponse) => {
    for (const handler of handlers) handler.call(server, request, response);
  };
  server.on("request", (request, response) => {
    if (request.url === PATH) void faults.configure(request, response);
    else void faults.strike(request, response, () => pass(request, response));
  });
  return server;
}

class Faults {
  #rate = 0;
  #random: () => number = Math.random;
  #struck = 0;
  #calls = 0;
  #table: string | undefined;
  readonly #throttled: Record<string, Throttled> = {};

  async configure(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const chunks: Buffer[] = [];
    for await (const chunk of request) chunks.push(Buffer.from(chunk));
    try {
      if (request.method !== "GET") this.#read(JSON.parse(Buffer.concat(chunks).toString() || "{}"));
      response.writeHead(200, { "content-type": "application/json" });
      response.end(
        JSON.stringify({
          rate: this.#rate,
          calls: this.#calls,
          struck: this.#struck,
          throttled: this.#throttled,
          ...present({ table: this.#table }),
        }),
      );
    } catch (error) {
      response.writeHead(400, { "content-type": "application/json" });
      response.end(JSON.stringify({ message: error instanceof Error ? error.message : String(error) }));
    }
  }

  #read({ rate, seed, table }: { rate?: unknown; seed?: unknown; table?: unknown }): void {
    if (typeof rate !== "number" || rate < 0 || rate > 1)
      throw new Error('rate must be from 0 to 1, such as {"rate": 0.1}');
    if (seed !== undefined && typeof seed !== "number") throw new Error("seed must be a number");
    if (table !== undefined && typeof table !== "string")
      throw new Error("table must be the name of a DynamoDB table");
    this.#rate = rate;
    this.#table = table;
    if (seed !== undefined) this.#random = seededRandom(seed);
  }

  async strike(request: IncomingMessage, response: ServerResponse, pass: () => void): Promise<void> {
    const target = request.headers["x-amz-target"];
    const isSpared = typeof target === "string" && EVENT_SOURCE_CALLS.test(target);
    this.#calls += 1;
    if (this.#rate === 0 || isSpared || this.#random() >= this.#rate) {
      pass();
      return;
    }
    if (this.#table !== undefined) {
      if ((await peek(request)).includes(`"${this.#table}"`))
        this.#throttle(this.#table, String(target), response);
      else pass();
      return;
    }
    this.#struck += 1;
    const kind = Math.floor(this.#random() * 3);
    if (kind === 0) {
      response.writeHead(503, { "content-type": "application/x-amz-json-1.0" });
      response.end('{"__type":"InternalServerError","message":"an injected fault"}');
    } else if (kind === 1) {
      request.socket.destroy();
    } else {
      // The service does its work; its response reaches nobody.
      response.write = () => true;
      response.end = () => {
        request.socket.destroy();
        return response;
      };
      pass();
    }
  }

  #throttle(table: string, target: string, response: ServerResponse): void {
    this.#struck += 1;
    this.#throttled[table] ??= { read: 0, write: 0 };
    const counts = this.#throttled[table];
    counts[READS.test(target) ? "read" : "write"] += 1;
    response.writeHead(400, { "content-type": "application/x-amz-json-1.0" });
    response.end(
      '{"__type":"com.amazonaws.dynamodb.v20120810#ThrottlingException","message":"Throughput exceeds the current capacity of the table."}',
    );
  }
}

/** The body of the request, which stays readable for the next reader. */
async function peek(request: IncomingMessage): Promise<string> {
  const length = Number(request.headers["content-length"] ?? 0);
  const chunks: Buffer[] = [];
  for (let received = 0; received < length; ) {
    const chunk: Buffer | null = request.read();
    if (chunk === null) {
      await once(request, "readable");
      continue;
    }
    chunks.push(chunk);
    received += chunk.length;
  }
  const body = Buffer.concat(chunks);
  request.unshift(body);
  return body.toString();
}

function isRequestListener(listener: unknown): listener is RequestListener {
  return typeof listener === "function";
}
