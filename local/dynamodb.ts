/** DynamoDB on this machine: dynalite, in memory. */
import { type Emulator, type EmulatorOptions, startEmulatorThread } from "./emulator-thread.ts";

export function startDynamoDb(options: EmulatorOptions = {}): Promise<Emulator> {
  return startEmulatorThread("dynamodb", options);
}
