/** SES on this machine: aws-ses-v2-local. Its page shows the mails; `GET /store` lists them as JSON. */
import { type Emulator, type EmulatorOptions, startEmulatorThread } from "./emulator-thread.ts";

export function startMailbox(options: EmulatorOptions = {}): Promise<Emulator> {
  return startEmulatorThread("mailbox", options);
}
