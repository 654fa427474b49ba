/**
 * Faults that tests order through `POST /_emulator/faults`, each a given number of times.
 *
 * `status` answers instead of the endpoint. 500 and 402 count as the endpoint's own result and are kept under the
 * idempotency key, as Stripe keeps them; any other status (429, 502, 503...) comes from in front of the endpoint and is
 * not kept. `delay` holds the request after its idempotency key is claimed. Three faults strike after the work is done:
 * `reset_after_commit` cuts the connection before anything is answered, `truncate` after half of the body, and `stall`
 * sends half of the body and then nothing for `ms`, after which it cuts the connection. `drop_webhooks` withholds the
 * deliveries of that many events; they can be resent.
 */

export type Fault = { match: { method?: string; path?: string }; times: number } & (
  | { kind: "status"; status: number; body?: object }
  | { kind: "reset_after_commit" }
  | { kind: "truncate" }
  | { kind: "stall"; ms: number }
  | { kind: "delay"; ms: number }
  | { kind: "drop_webhooks" }
);
export type FaultKind = Fault["kind"];
/** A fault of the connection over which the answer goes. */
export type AnswerFault = Extract<Fault, { kind: "reset_after_commit" | "truncate" | "stall" }>;

/** The faults still to be injected. */
export class Faults {
  pending: Fault[] = [];

  add(faults: readonly Fault[]): void {
    this.pending.push(...faults.map((fault) => ({ ...fault })));
  }

  clear(): void {
    this.pending = [];
  }

  /** Uses up one occurrence of the first fault of this kind that matches. `path` may end with `*`. */
  take<K extends FaultKind>(
    kind: K,
    method = "",
    path = "",
    accepts: (fault: Extract<Fault, { kind: K }>) => boolean = () => true,
  ): Extract<Fault, { kind: K }> | undefined {
    const isOfKind = (fault: Fault): fault is Extract<Fault, { kind: K }> => fault.kind === kind;
    const isWanted = (fault: Fault): fault is Extract<Fault, { kind: K }> =>
      isOfKind(fault) && fault.times > 0 && matches(fault, method, path) && accepts(fault);
    const fault = this.pending.find(isWanted);
    if (fault === undefined) return undefined;
    fault.times -= 1;
    this.pending = this.pending.filter((candidate) => candidate.times > 0);
    return fault;
  }
}

function matches(fault: Fault, method: string, path: string): boolean {
  const wanted = fault.match;
  if (wanted.method !== undefined && wanted.method.toUpperCase() !== method) return false;
  if (wanted.path === undefined) return true;
  return wanted.path.endsWith("*") ? path.startsWith(wanted.path.slice(0, -1)) : path === wanted.path;
}
