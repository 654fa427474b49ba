/** A loopback proxy in front of SQS that makes chosen requests fail, before or after SQS has stored the message. */
import type { ServerResponse } from "node:http";
import { passOn } from "../../local/pass-on.ts";
import { answerJson, loopbackServer } from "./loopback-server.ts";

/**
 * `refused`, `throttled` and `internal` are responses of SQS. `reset-before`: the connection breaks and nothing is
 * stored. `reset-after`: SQS stores the message, and its response is lost. `hang-before` and `hang-after` are the same,
 * but the connection stays open without a response. `stall` starts a response and does not end it.
 */
export type SqsFault = keyof typeof FAILURES;

export interface FailingSqs {
  /** Without a trailing slash. */
  readonly url: string;
  /** The number of requests so far. */
  readonly requests: number;
  /** Whether a request has been passed on to SQS and has no response yet. */
  readonly isStoring: boolean;
  /** Makes the next requests fail, one with each fault. */
  fail(faults: readonly SqsFault[]): void;
  /** From now on, each request waits before it is passed on to SQS, until the returned function is called. */
  hold(): () => void;
  /** Forgets faults and requests. */
  reset(): void;
  close(): Promise<void>;
}

/** Starts the proxy in front of `target`, the URL of SQS. */
export async function failingSqs(target: string): Promise<FailingSqs> {
  let faults: SqsFault[] = [];
  let requests = 0;
  let storing = 0;
  let opened: Promise<void> | undefined;
  const server = await loopbackServer(async (request, body, response) => {
    requests += 1;
    await opened;
    const fault = faults.shift();
    const store = async () => {
      storing += 1;
      return passOn(target, request, body).finally(() => {
        storing -= 1;
      });
    };
    if (fault !== undefined) return FAILURES[fault](response, store);
    const answer = await store();
    return response.writeHead(answer.status, { "content-type": JSON_1_0 }).end(answer.body);
  });
  return {
    url: server.url,
    get requests() {
      return requests;
    },
    get isStoring() {
      return storing > 0;
    },
    fail: (told) => {
      faults = [...told];
    },
    hold: () => {
      const { promise, resolve } = Promise.withResolvers<void>();
      opened = promise;
      return resolve;
    },
    reset: () => {
      faults = [];
      requests = 0;
      opened = undefined;
    },
    close: server.close,
  };
}

const JSON_1_0 = "application/x-amz-json-1.0";

const refusal = (status: number, type: string) => (response: ServerResponse) =>
  answerJson(response, status, { __type: `com.amazonaws.sqs#${type}`, message: "an injected fault" });

const FAILURES = {
  refused: refusal(403, "AccessDeniedException"),
  throttled: refusal(400, "RequestThrottled"),
  internal: refusal(500, "InternalFailure"),
  "reset-before": (response: ServerResponse) => response.destroy(),
  "reset-after": async (response: ServerResponse, store: () => Promise<unknown>) => {
    await store();
    response.destroy();
  },
  "hang-before": () => undefined,
  "hang-after": (_response: ServerResponse, store: () => Promise<unknown>) => store(),
  stall: async (response: ServerResponse, store: () => Promise<unknown>) => {
    await store();
    response.writeHead(200, { "content-type": JSON_1_0 }).write('{"MessageId":');
  },
};
