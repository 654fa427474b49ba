/**
 * Decides which of two states of an object is the later one. Stripe delivers events in any order and dates them in
 * whole seconds, so the events alone cannot always decide; then Stripe is asked. Pure.
 *
 *   event is ...              | stored can change      | stored is final
 *   the one stored            | same                   | same
 *   newer                     | write                  | write if final too, else ask
 *   of the same second        | ask                    | ask
 *   older                     | stale, or ask if final | stale
 */

export interface Dated {
  readonly eventId: string;
  /** Unix seconds. */
  readonly eventCreated: number;
  readonly final: boolean;
}

export type Verdict = "write" | "same" | "stale" | "ask";

/** What to do with the state in `incoming`; `stored` is the recorded state, or undefined if none is recorded. */
export function compare(stored: Dated | undefined, incoming: Dated): Verdict {
  if (stored === undefined) return "write";
  if (stored.eventId === incoming.eventId) return "same";
  if (incoming.eventCreated === stored.eventCreated) return "ask";
  const isNewer = incoming.eventCreated > stored.eventCreated;
  // No state follows a final one: an event that says otherwise is out of order, and only Stripe knows the truth.
  if (stored.final !== incoming.final && isNewer === stored.final) return "ask";
  return isNewer ? "write" : "stale";
}

/**
 * The winner when Stripe does not know the object, or no longer does, and so cannot be asked: a final state before any
 * other, then the later second, then the greater id. The rule is arbitrary, but independent of the order in which the
 * events arrive.
 */
export function winsWithoutStripe(stored: Dated, incoming: Dated): boolean {
  if (stored.final !== incoming.final) return incoming.final;
  if (stored.eventCreated !== incoming.eventCreated) return incoming.eventCreated > stored.eventCreated;
  return incoming.eventId > stored.eventId;
}
