/** The history of one execution in Step Functions' event types, in order. */
import type { HistoryEvent, HistoryEventType } from "@aws-sdk/client-sfn";

/** What happened, without the numbering: https://docs.aws.amazon.com/step-functions/latest/apireference/API_HistoryEvent.html */
export type HistoryEntry = Omit<HistoryEvent, "id" | "previousEventId" | "timestamp" | "type"> & {
  readonly type: HistoryEventType;
};

/** On the wire a timestamp is Unix time in seconds with a fraction. */
export type WireEvent = Omit<HistoryEvent, "timestamp"> & { readonly timestamp: number };

export class History {
  readonly #events: WireEvent[];
  readonly #now: () => Date;
  #closed: boolean;

  /** `kept` are the events of an execution that has ended. */
  constructor(now: () => Date, kept?: readonly WireEvent[]) {
    this.#now = now;
    this.#events = [...(kept ?? [])];
    this.#closed = kept !== undefined;
  }

  /** Adds an event. Does nothing once the execution has ended, because a Lambda function can return after a stop. */
  add(entry: HistoryEntry, at: Date = this.#now()): void {
    if (this.#closed) return;
    const previous = this.#events.at(-1)?.id ?? 0;
    this.#events.push({
      ...entry,
      id: previous + 1,
      previousEventId: previous,
      timestamp: at.getTime() / 1_000,
    });
  }

  /** Adds the last event. */
  close(entry: HistoryEntry, at?: Date): void {
    this.add(entry, at);
    this.#closed = true;
  }

  get events(): readonly WireEvent[] {
    return this.#events;
  }
}
