/** The tokens of tasks that wait until somebody sends them back, and their timeouts by the stack's clock. */
import { randomBytes } from "node:crypto";
import type { StackClock } from "../clock.ts";
import { StatesError } from "./states-error.ts";

/** How a task that waits ends. */
export type TokenEnd =
  | { readonly kind: "succeeded"; readonly output: unknown }
  | { readonly kind: "failed"; readonly error: string; readonly cause: string }
  | { readonly kind: "timed-out" };

interface Waiting {
  readonly dueAt: number;
  readonly end: (end: TokenEnd) => void;
}

/** How often due timeouts are looked for. */
const CHECK_MS = 250;

export class TaskTokens {
  readonly #clock: StackClock;
  readonly #waiting = new Map<string, Waiting>();
  /** Every token of this process, so that one that is closed differs from one that never existed. */
  readonly #issued = new Set<string>();
  readonly #timer: NodeJS.Timeout;

  constructor(clock: StackClock) {
    this.#clock = clock;
    this.#timer = setInterval(() => this.endDue(), CHECK_MS).unref();
  }

  /** A new token. It can be sent back from the moment on at which its task waits. */
  issue(): string {
    const token = randomBytes(48).toString("base64url");
    this.#issued.add(token);
    return token;
  }

  /** Waits until the token is sent back, or `timeoutSeconds` have passed by the stack's clock. */
  wait(token: string, timeoutSeconds: number): Promise<TokenEnd> {
    const { promise, resolve } = Promise.withResolvers<TokenEnd>();
    const dueAt = this.#clock.now().getTime() + timeoutSeconds * 1_000;
    this.#waiting.set(token, { dueAt, end: resolve });
    return promise;
  }

  /** Ends the task of an execution that was stopped, so that nothing of it is left. */
  close(token: string): void {
    const waiting = this.#waiting.get(token);
    this.#waiting.delete(token);
    waiting?.end({ kind: "timed-out" });
  }

  /** Ends the task. Throws a StatesError, as Step Functions does, if no task waits with the token. */
  send(token: unknown, end: TokenEnd): void {
    if (typeof token !== "string" || !this.#issued.has(token))
      throw new StatesError("InvalidToken", "Invalid Token: 'Invalid token'");
    const waiting = this.#waiting.get(token);
    if (waiting === undefined)
      throw new StatesError("TaskTimedOut", "Task Timed Out: 'Provided task does not exist anymore'");
    this.#waiting.delete(token);
    waiting.end(end);
  }

  /** The times (unix milliseconds) of timeouts after `from` and until `to`. */
  dueBetween(from: number, to: number): number[] {
    return [...this.#waiting.values()].map(({ dueAt }) => dueAt).filter((due) => due > from && due <= to);
  }

  /** Ends what is due by the stack's clock. */
  endDue(): void {
    const now = this.#clock.now().getTime();
    for (const [token, { dueAt, end }] of this.#waiting) {
      if (dueAt > now) continue;
      this.#waiting.delete(token);
      end({ kind: "timed-out" });
    }
  }

  stop(): void {
    clearInterval(this.#timer);
  }
}
