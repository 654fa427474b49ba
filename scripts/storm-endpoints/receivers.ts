/** The receivers of a storm: one HTTP server that checks every notification, and fails as a seed decides. */

import { createHash } from "node:crypto";
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import { constructNotification } from "../../client/index.ts";
import { keepConnections } from "../../local/keep-connections.ts";

/** `cut`: the connection breaks after the notification is accepted, so its sender does not know. */
export const FAULTS = ["error", "reset", "cut", "slow", "hang"] as const;
export type Fault = (typeof FAULTS)[number];

/** Of a hundred faults. A request that hangs takes ten seconds. */
const SHARES: Readonly<Record<Fault, number>> = { error: 40, reset: 20, cut: 20, slow: 15, hang: 5 };
/** Longer than others wait, and shorter than the sender waits. */
const SLOW_MS = 1_500;
/** A notification has no fault after so many: the next attempts come minutes and hours later. */
const MOST_FAULTS = 3;

export interface Receiver {
  /** How often each notification was accepted, by its id. */
  readonly accepted: Map<string, number>;
  readonly faults: Record<Fault, number>;
  requests: number;
  /** Whether it hangs in every request. */
  isDown: boolean;
  secret: string;
}

export interface Receivers {
  readonly url: string;
  /** By the path of its URL. */
  readonly byPath: ReadonlyMap<string, Receiver>;
  /** Requests whose signature the client's check refuses. */
  readonly refused: () => number;
  /** Notifications that came with another body than before. */
  readonly altered: () => number;
  close(): Promise<void>;
}

export async function startReceivers(
  paths: readonly string[],
  { faults, seed }: { readonly faults: number; readonly seed: number },
): Promise<Receivers> {
  const byPath = new Map(paths.map((path) => [path, newReceiver()]));
  const bodies = new Map<string, string>();
  let [refused, altered] = [0, 0];
  const attempts = new Map<string, number>();

  const receive = async (path: string, request: IncomingMessage, response: ServerResponse) => {
    const receiver = byPath.get(path);
    if (receiver === undefined) return response.writeHead(404).end();
    const body = await bodyOf(request);
    receiver.requests += 1;
    if (receiver.isDown) return;
    const id = await constructNotification(body, request.headers, receiver.secret).then(
      (notification) => notification.id,
      () => undefined,
    );
    if (id === undefined) {
      refused += 1;
      return response.writeHead(400).end();
    }
    if ((bodies.get(id) ?? body) !== body) altered += 1;
    bodies.set(id, body);
    const attempt = (attempts.get(path + id) ?? 0) + 1;
    attempts.set(path + id, attempt);
    const fault = attempt > MOST_FAULTS ? undefined : faultOf(`${seed} ${path} ${id} ${attempt}`, faults);
    if (fault !== undefined) receiver.faults[fault] += 1;
    if (fault === "hang") return;
    if (fault === "error") return response.writeHead(500).end();
    if (fault === "reset") return response.destroy();
    receiver.accepted.set(id, (receiver.accepted.get(id) ?? 0) + 1);
    if (fault === "cut") return response.destroy();
    if (fault === "slow") await new Promise((resolve) => setTimeout(resolve, SLOW_MS));
    response.writeHead(204).end();
  };
  const server = createServer((request, response) => {
    receive(request.url ?? "", request, response).catch(() => response.destroy());
  });
  await new Promise<void>((resolve) => keepConnections(server).listen(0, "127.0.0.1", resolve));
  const address = server.address();
  const port = typeof address === "object" ? address?.port : undefined;
  return {
    url: `http://127.0.0.1:${port}`,
    byPath,
    refused: () => refused,
    altered: () => altered,
    close: () =>
      new Promise((resolve) => {
        server.closeAllConnections();
        server.close(() => resolve());
      }),
  };
}

const newReceiver = (): Receiver => ({
  accepted: new Map(),
  faults: { error: 0, reset: 0, cut: 0, slow: 0, hang: 0 },
  requests: 0,
  isDown: false,
  secret: "",
});

async function bodyOf(request: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(chunk);
  return Buffer.concat(chunks).toString();
}

/** The fault of one attempt; the same for the same seed, whatever the order of the requests. */
export function faultOf(seeded: string, share: number): Fault | undefined {
  const digest = createHash("sha256").update(seeded).digest();
  if (digest.readUInt32BE(0) / 2 ** 32 >= share) return undefined;
  let rest = digest.readUInt32BE(4) % 100;
  for (const fault of FAULTS) {
    if (rest < SHARES[fault]) return fault;
    rest -= SHARES[fault];
  }
  return "error";
}
