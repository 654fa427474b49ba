/** What every emulator thread does: it serves on loopback, and starts again with nothing in it when the stack says so. */
import type { Server } from "node:http";
import { parentPort, workerData } from "node:worker_threads";
import type { EmulatorThreadData } from "../emulator-thread.ts";
import { withFaults } from "./service-faults.ts";

export const settings: EmulatorThreadData = workerData;

/**
 * Listens on loopback only, with the faults that may be ordered in front, and tells the stack the port. `create` makes
 * an emulator that holds nothing; each message from the stack replaces the running one with a new one, on a port of its
 * own so that a late request for the old one reaches neither.
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
    withFaults(server).listen({ port, host: "127.0.0.1" }, () => {
      const address = server.address();
      parentPort?.postMessage(typeof address === "object" && address !== null ? address.port : port);
      resolve(server);
    });
  });
}
