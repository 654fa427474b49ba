/**
 * The record of one guarded call that can have an effect: its entry in the audit log, stored before the call has the
 * effect and completed before the caller gets a response, and its log line.
 */
import { appSecrets } from "../secrets/secrets.ts";
import { beginAttempt } from "./attempt.ts";
import { CallRecord } from "./call-record.ts";

export class EffectRecord extends CallRecord {
  /** Writes the entry as pending. Every effect waits for this. Throws SERVICE_UNAVAILABLE. */
  async begin(): Promise<void> {
    this.hold(await beginAttempt(this.beginning(), await appSecrets()));
  }
}
