/** DynamoDB on this machine: dynalite, in memory. */
import { type EmulatorOptions, type EmulatorThread, startEmulatorThread } from "./emulator-thread.ts";

export function startDynamoDb(options: EmulatorOptions = {}): Promise<EmulatorThread> {
  return startEmulatorThread("dynamodb", options);
}
