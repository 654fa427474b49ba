/** How long a piece of work can run, and what time it is. */
export interface TimeLimit {
  /** Unix time in milliseconds by which it must have ended. */
  readonly deadline: number;
  /** UTC now. */
  readonly now: () => Date;
}

/**
 * What every piece of work knows about the call that it is part of: an HTTP request, a workflow task, a queue message or a
 * scheduled run. The transport creates it. Everything below passes it on, and reads no other clock.
 */
export interface CallContext extends TimeLimit {
  /** Identifies the call in the log and in the audit log. */
  readonly requestId: string;
}
