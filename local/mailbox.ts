/** SES on this machine: aws-ses-v2-local. Its page shows the mails; `GET /store` lists them as JSON. */
import { type EmulatorOptions, type EmulatorThread, startEmulatorThread } from "./emulator-thread.ts";

export function startMailbox(options: EmulatorOptions = {}): Promise<EmulatorThread> {
  return startEmulatorThread("mailbox", options);
}
