/**
 * Which of two states of an object is the later one. Stripe delivers in any order and counts in whole seconds, so that
 * events cannot always tell; then Stripe is asked. Pure.
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

/** What to do with the state that `incoming` tells, where `stored` is what is known; undefined when nothing is. */
export function compare(stored: Dated | undefined, incoming: Dated): Verdict {
  if (stored === undefined) return "write";
  if (stored.eventId === incoming.eventId) return "same";
  if (incoming.eventCreated === stored.eventCreated) return "ask";
  const isNewer = incoming.eventCreated > stored.eventCreated;
  // Nothing comes after a final state: whatever says so is out of order, and only Stripe knows.
  if (stored.final !== incoming.final && isNewer === stored.final) return "ask";
  return isNewer ? "write" : "stale";
}

/**
 * The winner where Stripe does not know the object (any more) and cannot be asked: a final state before any other, then
 * the later second, then the greater id. The rule is arbitrary, but the same whatever order the events came in.
 */
export function winsWithoutStripe(stored: Dated, incoming: Dated): boolean {
  if (stored.final !== incoming.final) return incoming.final;
  if (stored.eventCreated !== incoming.eventCreated) return incoming.eventCreated > stored.eventCreated;
  return incoming.eventId > stored.eventId;
}
