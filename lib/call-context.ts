/** Until when a piece of work may go on, and what time it is. */
export interface TimeLimit {
  /** Unix time in milliseconds by which it must have ended. */
  readonly deadline: number;
  /** UTC now. */
  readonly now: () => Date;
}

/**
 * What every piece of work knows of the call that it is part of: an HTTP request, a workflow task, a queue message or a
 * scheduled run. The transport makes it; everything below passes it on and reads no clock of its own.
 */
export interface CallContext extends TimeLimit {
  /** Identifies the call in the log and in the audit log. */
  readonly requestId: string;
}
