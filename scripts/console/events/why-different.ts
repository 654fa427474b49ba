/** Why an event, our record of its object and the object at Stripe say different things, and whether that is right. Pure. */

export interface Compared {
  readonly eventId: string;
  /** Unix seconds, of the event. */
  readonly created: number;
  /** The inbox says that the object had a newer state when the event came. */
  readonly isStale: boolean;
  /** Stripe rendered the event in another API version than ours. */
  readonly isOtherVersion: boolean;
  /** The event that our record is from; left out if nothing is recorded. */
  readonly recorded?: {
    readonly eventId: string;
    readonly eventType: string;
    /** Unix seconds. */
    readonly eventCreated: number;
  };
  /** Whether the event differs from our record. */
  readonly eventDiffers: boolean;
  /** Whether our record differs from Stripe. */
  readonly stripeDiffers: boolean;
  /** Whether Stripe has the object, and could be asked. */
  readonly isAtStripe: boolean;
}

/** Sentences; none if all sides say the same. */
export function explained(compared: Compared): string[] {
  return [aboutEvent(compared), aboutStripe(compared)].filter((sentence) => sentence !== undefined);
}

function aboutEvent({ eventId, created, isStale, isOtherVersion, recorded, eventDiffers }: Compared) {
  if (recorded === undefined) return "Nothing is recorded about its object: the event was not applied.";
  if (!eventDiffers) return undefined;
  const by = `${recorded.eventId} (${recorded.eventType})`;
  if (recorded.eventId === eventId)
    return isOtherVersion
      ? "Right: Stripe rendered the event in another API version, so its object was read from Stripe when it was applied."
      : "The record is from this event, but was corrected since: at Stripe the object had moved on.";
  if (isStale || recorded.eventCreated > created)
    return `Right: a newer event has been applied since, ${by}. A record never goes back to an older state.`;
  if (recorded.eventCreated === created)
    return `Right: ${by} is of the same second, and Stripe said which of both is the later state.`;
  return `The record is older: it is from ${by}. This event was not applied.`;
}

function aboutStripe({ recorded, stripeDiffers, isAtStripe }: Compared) {
  if (recorded === undefined) return undefined;
  if (!isAtStripe)
    return "Stripe does not have the object, or could not be asked: only the event and the record are compared.";
  if (!stripeDiffers) return undefined;
  return "The record differs from Stripe: an event about it is on its way, or was lost. Compare with Stripe first; what is left then is a mistake, and can be corrected.";
}
