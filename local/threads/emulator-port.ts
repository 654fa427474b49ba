/** What every emulator thread does: it serves on loopback, and starts again, empty, when the stack asks for it. */

import type { Server } from "node:http";
import { parentPort, workerData } from "node:worker_threads";
import { moveDate, StackClock } from "../clock.ts";
import type { EmulatorMessage, EmulatorThreadData } from "../emulator-thread.ts";
import { keepConnections } from "../keep-connections.ts";
import { guardLoopback } from "../loopback-guard.ts";
import { withFaults } from "./service-faults.ts";

export const settings: EmulatorThreadData = workerData;

if (settings.clock !== undefined) {
  const clock = new StackClock(settings.clock);
  moveDate(() => clock.offsetMs);
}

/**
 * Listens on loopback only, with a guard against web pages (loopback-guard.ts) and injectable faults (service-faults.ts) in
 * front, and reports the port to the stack.
 * `create` makes an empty emulator. The message `renew` replaces the running emulator with a new one on another port, so a
 * late request for the old one reaches neither; with `renew if used`, the running one stays if no request has arrived since
 * the message `settle`. The thread responds to each with the port.
 */
export async function serveOnLoopback(create: () => Server | Promise<Server>): Promise<void> {
  let requests = 0;
  let settledAt: number | undefined;
  const start = async (port: number) => {
    const server = await create();
    const used = await listen(server, port);
    server.prependListener("request", () => {
      requests += 1;
    });
    parentPort?.postMessage(used);
    return { server, port: used };
  };
  let running = await start(settings.port);
  parentPort?.on("message", async (message: EmulatorMessage) => {
    if (message === "settle") settledAt = requests;
    const isUnused = settledAt === requests;
    if (message === "settle" || (message === "renew if used" && isUnused))
      return parentPort?.postMessage(running.port);
    settledAt = undefined;
    running.server.closeAllConnections();
    running.server.close();
    running = await start(0);
  });
}

/** Resolves with the port. */
function listen(server: Server, port: number): Promise<number> {
  return new Promise((resolve) => {
    guardLoopback(keepConnections(withFaults(server))).listen({ port, host: "127.0.0.1" }, () => {
      const address = server.address();
      resolve(typeof address === "object" && address !== null ? address.port : port);
    });
  });
}
