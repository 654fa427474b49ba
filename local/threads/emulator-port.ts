/** What every emulator thread does: it serves on loopback, and starts again, empty, when the stack asks for it. */
import type { Server } from "node:http";
import { parentPort, workerData } from "node:worker_threads";
import { moveDate, StackClock } from "../clock.ts";
import type { EmulatorThreadData } from "../emulator-thread.ts";
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
 * `create` makes an empty emulator. Each message from the stack replaces the running emulator with a new one on another
 * port, so a late request for the old one reaches neither.
 */
export async function serveOnLoopback(create: () => Server | Promise<Server>): Promise<void> {
  let running = await listen(await create(), settings.port);
  parentPort?.on("message", async () => {
    running.closeAllConnections();
    running.close();
    running = await listen(await create(), 0);
  });
}

function listen(server: Server, port: number): Promise<Server> {
  return new Promise((resolve) => {
    guardLoopback(withFaults(server)).listen({ port, host: "127.0.0.1" }, () => {
      const address = server.address();
      parentPort?.postMessage(typeof address === "object" && address !== null ? address.port : port);
      resolve(server);
    });
  });
}
