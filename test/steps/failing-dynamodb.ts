/**
 * A loopback HTTP proxy in front of DynamoDB that makes chosen requests fail. With it, tests show that no response is
 * sent before its data is durable. While no fault is due, the clients of this process talk to DynamoDB directly: the
 * proxy would double the cost of each request.
 */
import { once } from "node:events";
import type { IncomingMessage, ServerResponse } from "node:http";
import { jest } from "@jest/globals";
import { NodeHttpHandler } from "@smithy/node-http-handler";
import { passOn } from "../../local/pass-on.ts";
import { loopbackServer } from "./loopback-server.ts";

/**
 * `reset-before`: the connection breaks before DynamoDB does anything. `reset-after`: DynamoDB does the work, and its
 * response is lost. `late`: the connection breaks, and the request reaches DynamoDB when `deliverLate` is called.
 * `held`: the request waits until `letGo` is called, and is then passed on and gets its response.
 */
export type FaultKind = "throttle" | "internal" | "reset-before" | "reset-after" | "late" | "held";

export interface Fault {
  readonly kind: FaultKind;
  /** Such as `PutItem`; by default every operation. */
  readonly operation?: string;
  /** By default every table. */
  readonly table?: string;
  /** A text that the request's JSON must contain, such as a key. */
  readonly about?: string;
  /** The number of matching requests that pass before the first one fails; by default 0. */
  readonly after?: number;
  /**
   * How many requests fail, by default 1. The SDK sends a request three times, so 3 make one call of
   * lib/aws/dynamodb.ts fail.
   */
  readonly times?: number;
}

export interface DynamoDbRequest {
  readonly operation: string;
  readonly table: string;
  readonly body: string;
  /** Not set when the request was passed on and got its response. */
  readonly failed?: FaultKind;
}

export interface FailingDynamoDb {
  /** Every request so far. */
  readonly requests: readonly DynamoDbRequest[];
  /** Adds a fault. When several match a request, the one that was added first makes it fail. */
  fail(fault: Fault): void;
  /** Passes the late requests on, in order. */
  deliverLate(): Promise<void>;
  /** Lets the held requests continue, and waits for their responses. */
  letGo(): Promise<void>;
  /** Forgets faults and requests. */
  reset(): void;
  close(): Promise<void>;
}

/** Starts the proxy. Until it is closed, it is in the way of every AWS client of this test file. */
export async function failingDynamoDb(
  target = process.env.AWS_ENDPOINT_URL_DYNAMODB ?? "",
): Promise<FailingDynamoDb> {
  const requests: DynamoDbRequest[] = [];
  let late: (() => Promise<unknown>)[] = [];
  let held: { readonly go: () => void; readonly answered: Promise<unknown> }[] = [];
  let faults: { readonly fault: Fault; toPass: number; toFail: number }[] = [];

  const faultOf = (request: DynamoDbRequest): FaultKind | undefined => {
    for (const told of faults) {
      if (told.toFail === 0 || !matches(told.fault, request)) continue;
      if (told.toPass > 0) {
        told.toPass -= 1;
        continue;
      }
      told.toFail -= 1;
      return told.fault.kind;
    }
    return undefined;
  };

  const handle = async (incoming: IncomingMessage, bytes: Buffer, answer: ServerResponse) => {
    const body = bytes.toString();
    const asked = requestOf(incoming.headers["x-amz-target"], body);
    const failed = faultOf(asked);
    requests.push(failed === undefined ? asked : { ...asked, failed });
    if (failed === "held") {
      const answered = once(answer, "close");
      await new Promise<void>((go) => held.push({ go, answered }));
    }
    switch (failed) {
      case "throttle":
        return refuse(answer, 400, "ProvisionedThroughputExceededException");
      case "internal":
        return refuse(answer, 500, "InternalServerError");
      case "reset-before":
        return incoming.socket.destroy();
      case "reset-after":
        await passOn(target, incoming, bytes);
        return incoming.socket.destroy();
      case "late":
        late.push(() => passOn(target, incoming, bytes));
        return incoming.socket.destroy();
      case "held":
      case undefined: {
        const { status, headers, body: answered } = await passOn(target, incoming, bytes);
        answer.writeHead(status, headers).end(answered);
      }
    }
  };
  const { url, close } = await loopbackServer((incoming, body, answer) => {
    // At the end of a test, DynamoDB may be gone: an unhandled rejection would end the whole test file.
    handle(incoming, body, answer).catch(() => incoming.socket.destroy());
  });
  const [direct, proxy] = [new URL(target), new URL(url)];
  const original = NodeHttpHandler.prototype.handle;
  const handling = jest.spyOn(NodeHttpHandler.prototype, "handle");
  handling.mockImplementation(function (this: NodeHttpHandler, request, options) {
    if (request.hostname === direct.hostname && request.port === Number(direct.port)) {
      if (faults.some(({ toFail }) => toFail > 0)) request.port = Number(proxy.port);
      else
        requests.push(requestOf(request.headers["x-amz-target"], Buffer.concat([request.body]).toString()));
    }
    return original.call(this, request, options);
  });
  // The SDK waits for a random part of up to 400 ms before it tries again.
  const random = jest.spyOn(Math, "random").mockReturnValue(0);
  return {
    requests,
    fail(fault) {
      faults.push({ fault, toPass: fault.after ?? 0, toFail: fault.times ?? 1 });
    },
    async deliverLate() {
      for (const deliver of late) await deliver();
      late = [];
    },
    async letGo() {
      for (const { go } of held) go();
      await Promise.all(held.map(({ answered }) => answered));
      held = [];
    },
    reset() {
      faults = [];
      late = [];
      requests.length = 0;
    },
    async close() {
      handling.mockRestore();
      random.mockRestore();
      await close();
    },
  };
}

const requestOf = (target: unknown, body: string): DynamoDbRequest => ({
  operation: String(target).split(".")[1] ?? "",
  table: tableIn(body),
  body,
});

function matches(fault: Fault, request: DynamoDbRequest): boolean {
  return (
    (fault.operation ?? request.operation) === request.operation &&
    (fault.table ?? request.table) === request.table &&
    request.body.includes(fault.about ?? "")
  );
}

/** The table of an operation; the first table of a batch. */
function tableIn(body: string): string {
  const { TableName, RequestItems = {} } = JSON.parse(body);
  return TableName ?? Object.keys(RequestItems)[0] ?? "";
}

function refuse(answer: ServerResponse, status: number, type: string): void {
  answer.writeHead(status, { "content-type": "application/x-amz-json-1.0" });
  answer.end(
    JSON.stringify({ __type: `com.amazonaws.dynamodb.v20120810#${type}`, message: "an injected fault" }),
  );
}
