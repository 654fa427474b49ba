/** What every emulator thread does once its server listens. */
import type { Server } from "node:http";
import { parentPort, workerData } from "node:worker_threads";
import type { EmulatorThreadData } from "../emulator-thread.ts";
import { withFaults } from "./service-faults.ts";

export const settings: EmulatorThreadData = workerData;

/** Listens on loopback only, with the faults that may be ordered in front, and tells the stack the port. */
export function listenOnLoopback(server: Server): void {
  withFaults(server).listen({ port: settings.port, host: "127.0.0.1" }, () => {
    const address = server.address();
    parentPort?.postMessage(typeof address === "object" && address !== null ? address.port : settings.port);
  });
}
