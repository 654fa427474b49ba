/**
 * The emulated services behind a front that simulates the death of the caller: at a given call, just before the service
 * sees the call or just after it has done the work, the caller is dead. From then on, none of its calls reach a
 * service. To the services, it looks as if the caller was killed at that call. `revive` starts the next Lambda
 * invocation. While no kill is planned, the AWS clients of this test file talk to the services directly: the front would
 * double the cost of each call.
 */
import { jest } from "@jest/globals";
import { NodeHttpHandler } from "@smithy/node-http-handler";
import { passOn } from "../../local/pass-on.ts";
import { type LoopbackServer, loopbackServer } from "./loopback-server.ts";

export interface Kill {
  /** 0 is the first call since `begin`. */
  readonly call: number;
  readonly when: "before" | "after";
}

export interface MortalServices {
  /** The calls that reached a service since `begin`: `sns`, or for DynamoDB `PutItem StripeEventsTable`. */
  readonly reached: readonly string[];
  readonly isDead: boolean;
  /** The kills so far, each with the calls that reached a service in that life. */
  readonly kills: readonly { readonly kill: Kill; readonly reached: readonly string[] }[];
  /** Starts counting again, with these kills planned. */
  begin(kills: readonly Kill[]): void;
  /** Starts the next life. */
  revive(): void;
  /** Cancels the planned kills. */
  spare(): void;
  close(): Promise<void>;
}

/** No client retries after this error, so a dead caller ends soon. */
const DEAD = JSON.stringify({
  __type: "AccessDeniedException",
  message: "the caller is dead",
  error: { type: "invalid_request_error", message: "the caller is dead" },
});

/** Puts fronts between this process and the services, by changing the environment variables with the services' URLs. */
export async function mortalServices(variables: readonly string[]): Promise<MortalServices> {
  const fronts: (LoopbackServer & { readonly service: string; readonly target: URL })[] = [];
  let planned: Kill[] = [];
  let calls = 0;
  let isDead = false;
  let reached: string[] = [];
  let kills: { kill: Kill; reached: string[] }[] = [];
  let lifeBegan = 0;
  const dieIf = (call: number, when: Kill["when"]) => {
    const kill = planned.find((candidate) => candidate.call === call && candidate.when === when);
    if (kill === undefined) return;
    isDead = true;
    kills.push({ kill, reached: reached.slice(lifeBegan) });
  };
  for (const variable of variables) {
    const target = process.env[variable];
    if (target === undefined) throw new Error(`${variable} is not set`);
    const service = variable.replace(/^AWS_ENDPOINT_URL_/, "").toLowerCase();
    const front = await loopbackServer(async (incoming, body, response) => {
      const refuse = () => response.writeHead(400, { "content-type": "application/json" }).end(DEAD);
      if (isDead) return refuse();
      const call = calls;
      calls += 1;
      dieIf(call, "before");
      if (isDead) return refuse();
      // Recorded before the call ends, because another call may end this life meanwhile.
      reached.push(callName(service, incoming.headers, body));
      const answer = await passOn(target, incoming, body);
      dieIf(call, "after");
      if (isDead) return refuse();
      return response.writeHead(answer.status, answer.headers).end(answer.body);
    });
    fronts.push({ ...front, service, target: new URL(target) });
    process.env[variable] = front.url;
  }
  const original = NodeHttpHandler.prototype.handle;
  const handling = jest.spyOn(NodeHttpHandler.prototype, "handle");
  handling.mockImplementation(function (this: NodeHttpHandler, request, options) {
    const front = fronts.find(({ url }) => new URL(url).port === String(request.port));
    if (front !== undefined && !isDead && kills.length === planned.length) {
      calls += 1;
      reached.push(callName(front.service, request.headers, Buffer.from(request.body ?? "")));
      request.port = Number(front.target.port);
      // The services refuse a request that names another host.
      request.headers.host = front.target.host;
    }
    return original.call(this, request, options);
  });
  return {
    get reached() {
      return reached;
    },
    get isDead() {
      return isDead;
    },
    get kills() {
      return kills;
    },
    begin: (ordered) => {
      planned = [...ordered];
      calls = 0;
      reached = [];
      kills = [];
      lifeBegan = 0;
      isDead = false;
    },
    revive: () => {
      isDead = false;
      lifeBegan = reached.length;
    },
    spare: () => {
      planned = [];
    },
    close: async () => {
      handling.mockRestore();
      await Promise.all(fronts.map((front) => front.close()));
    },
  };
}

function callName(service: string, headers: Readonly<Record<string, unknown>>, body: Buffer): string {
  if (service !== "dynamodb") return service;
  const operation = String(headers["x-amz-target"]).split(".")[1];
  return `${operation} ${JSON.parse(body.toString()).TableName}`;
}
