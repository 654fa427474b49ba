/** SQS and SNS on this machine, on one port: fauxqs, in memory. */
import { type EmulatorOptions, type EmulatorThread, startEmulatorThread } from "./emulator-thread.ts";

export function startQueues(options: EmulatorOptions = {}): Promise<EmulatorThread> {
  return startEmulatorThread("queues", options);
}
