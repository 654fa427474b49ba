/** SQS and SNS on this machine, on one port: fauxqs, in memory. */
import { type Emulator, type EmulatorOptions, startEmulatorThread } from "./emulator-thread.ts";

export function startQueues(options: EmulatorOptions = {}): Promise<Emulator> {
  return startEmulatorThread("queues", options);
}
