/**
 * One JSON line per thing worth knowing, on standard output, where CloudWatch Logs reads it. No free text fields from
 * callers: whoever logs names the fields, and none of them may hold a secret or personal data.
 */
import type { ProblemCode } from "./errors.ts";

export interface LogFields {
  /** What happened, in the dotted vocabulary of the audit: `capability.invoked`, `webhook.received`. */
  readonly event: string;
  readonly requestId?: string;
  readonly capabilityId?: string;
  readonly principalId?: string;
  readonly outcome?: "succeeded" | "failed" | "replayed" | "rejected" | "ignored" | "duplicate" | "stale";
  readonly code?: ProblemCode;
  readonly durationMs?: number;
  readonly [field: string]: string | number | boolean | undefined;
}

type Level = "info" | "warn" | "error";

/** Writes one line. `error` lines are what alarms look for. */
export function log(level: Level, fields: LogFields): void {
  process.stdout.write(`${JSON.stringify({ level, timestamp: new Date().toISOString(), ...fields })}\n`);
}

/** The cause of an unexposed failure, for the operator: class, message and stack, scrubbed of secrets. */
export function describeCause(cause: unknown): string | undefined {
  if (cause === undefined) return undefined;
  return scrub(cause instanceof Error ? (cause.stack ?? cause.message) : String(cause));
}

const SECRET_PATTERNS: readonly (readonly [RegExp, string])[] = [
  [/\b(?:sk|rk|pk)_(?:test|live)_\w+/g, "[key]"],
  [/\bwhsec_\w+/g, "[webhook secret]"],
  [/\b\w+_secret_\w+/g, "[client secret]"],
  [/[\w.+-]+@[\w-]+(?:\.[\w-]+)+/g, "[email]"],
  [/\b\d(?:[ -]?\d){11,18}\b/g, "[number]"],
];

/** `text` without keys, client secrets, email addresses and card-number-like digits. For text that comes from elsewhere. */
export function scrub(text: string): string {
  return SECRET_PATTERNS.reduce((scrubbed, [pattern, mark]) => scrubbed.replace(pattern, mark), text);
}
