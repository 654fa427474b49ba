/**
 * Writes JSON lines to standard output, where CloudWatch Logs reads them. No free-text fields from callers: the code that
 * logs names the fields, and none of them may contain a secret or personal data.
 */

import { callMetrics } from "./call-metrics.ts";
import { holdsCardNumber, maskCardNumbers } from "./card-data.ts";
import { optionalEnv } from "./env.ts";
import { Problem, type ProblemCode } from "./errors.ts";
import { embeddedMetrics, type Metrics } from "./metrics.ts";
import { scrub, withoutQuotations } from "./scrub.ts";
import type { SubjectField } from "./subject-ids.ts";

export type Outcome =
  | "succeeded"
  | "failed"
  | "denied"
  | "replayed"
  | "rejected"
  | "ignored"
  | "duplicate"
  | "stale";

/** Other names for the fields of subject-ids.ts, and for `eventId`: with them, a query would not find the line. */
type OtherName =
  | "paymentIntentId"
  | "customer"
  | "subscription"
  | "invoice"
  | "run"
  | "executionId"
  | "stripeEventId";

type Subjects = Readonly<Partial<Record<SubjectField, string | undefined>>>;

export interface LogFields extends Subjects, Readonly<Partial<Record<OtherName, undefined>>> {
  /** What happened, in the dotted vocabulary of the audit: `capability.invoked`, `webhook.received`. */
  readonly event: string;
  readonly requestId?: string | undefined;
  /** The capability's or workflow's id. */
  readonly capabilityId?: string | undefined;
  readonly principalId?: string | undefined;
  /** The policy's decision and the rule that decided. */
  readonly decision?: string | undefined;
  readonly ruleId?: string | undefined;
  readonly outcome?: Outcome | undefined;
  readonly code?: ProblemCode | undefined;
  readonly durationMs?: number | undefined;
  /** `req_...` */
  readonly stripeRequestId?: string | undefined;
  /** In the smallest unit of `currency`. */
  readonly amount?: number | undefined;
  readonly currency?: string | undefined;
  /** For an applied event: milliseconds since Stripe's `created`, which has whole seconds. */
  readonly lagMs?: number | undefined;
  readonly [field: string]: string | number | boolean | undefined;
}

type Level = "info" | "warn" | "error";

/** Writes one line, with `metrics` embedded. A person should look at `error` lines. */
export function log(level: Level, fields: LogFields, metrics: readonly Metrics[] = []): void {
  const line = {
    level,
    timestamp: new Date().toISOString(),
    stage: optionalEnv("STAGE"),
    ...withoutCardNumbers(fields),
  };
  process.stdout.write(`${JSON.stringify({ ...line, ...embeddedMetrics(metrics) })}\n`);
}

/** Fields contain ids and codes only; whatever an id from outside turns out to be, it is not a card number in the log. */
function withoutCardNumbers(fields: LogFields): object {
  if (!Object.values(fields).some((value) => typeof value === "string" && holdsCardNumber(value)))
    return fields;
  return Object.fromEntries(
    Object.entries(fields).map(([name, value]) => [
      name,
      typeof value === "string" ? maskCardNumbers(value, "[number]") : value,
    ]),
  );
}

/**
 * Writes the one line that ends a call of any kind: HTTP, workflow task or queued message. For a failure at 500 or above it
 * contains the scrubbed cause, and the alarm it raises. `metrics` are those of this kind of call, in addition to those of
 * every call.
 */
export function logCall(
  fields: LogFields & { readonly outcome: Outcome },
  problem?: Problem,
  metrics: readonly Metrics[] = [],
): void {
  log(
    problem !== undefined && problem.status >= 500 ? "error" : "info",
    { ...fields, coldStart: noteColdStart(), ...problemFields(problem) },
    [...callMetrics(fields, problem), ...metrics],
  );
  if (problem !== undefined) noteLogged(problem);
}

let isColdStart = true;

/** True for the first call of a process. */
function noteColdStart(): boolean {
  const coldStart = isColdStart;
  isColdStart = false;
  return coldStart;
}

const logged = new WeakSet<Problem>();

/** Keeps the problem out of the log from now on: its line is written, perhaps as something that is not a failure. */
export function noteLogged(problem: Problem): void {
  logged.add(problem);
}

/** Whether this problem is already logged: the code that knows most about a call logs it, and nothing logs it twice. */
export function isLogged(problem: Problem): boolean {
  return logged.has(problem);
}

function problemFields(problem: Problem | undefined): Partial<LogFields> {
  if (problem === undefined) return {};
  return {
    code: problem.code,
    declineCode: problem.declineCode,
    alarm: problem.alarm,
    cause: problem.status >= 500 ? causeOf(problem) : undefined,
  };
}

/**
 * The cause, and where our code noticed it: the stack of an error that came from the network has no frame of ours. What nobody
 * expected became a problem somewhere, which says nothing.
 */
function causeOf(problem: Problem): string | undefined {
  const cause = describeCause(problem.cause ?? problem);
  if (!(problem.cause instanceof Error) || problem.code === "INTERNAL_ERROR") return cause;
  return [cause, `  thrown as ${problem.code}`, ...stackFrames(problem)].join("\n");
}

/**
 * The cause of a failure whose message the caller does not see, for the operator: class, message and stack, scrubbed.
 * Messages of our own problems contain nothing from a caller; quotations are removed from all other messages.
 */
export function describeCause(cause: unknown): string | undefined {
  if (cause === undefined) return undefined;
  if (!(cause instanceof Error)) return scrub(withoutQuotations(String(cause)));
  const message = cause instanceof Problem ? cause.message : withoutQuotations(cause.message);
  return [scrub(`${cause.name}: ${message}`), ...stackFrames(cause)].join("\n");
}

/** The frames of the error's stack, without the message above them. */
export function stackFrames({ stack = "" }: Error): string[] {
  return stack.split("\n").filter((line) => /^\s+at \S.*(?::\d+\)?|<anonymous>\)?)$/.test(line));
}
