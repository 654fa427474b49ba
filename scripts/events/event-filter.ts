/** Which events an operator means. Pure. */

export interface EventFilter {
  /** A type, or the beginning of one and `*`. */
  readonly type?: string;
  readonly objectId?: string;
  /** UTC: when Stripe made the event. */
  readonly since?: Date;
}

/** What is asked of an event; what is not known of it matches nothing but an empty filter. */
export interface FilteredEvent {
  readonly type?: string | undefined;
  readonly objectId?: string | undefined;
  /** Unix seconds. */
  readonly created?: number | undefined;
}

export function matches(filter: EventFilter, event: FilteredEvent): boolean {
  return (
    (filter.type === undefined || isOfType(filter.type, event.type)) &&
    (filter.objectId === undefined || filter.objectId === event.objectId) &&
    (filter.since === undefined || (event.created ?? 0) * 1000 >= filter.since.getTime())
  );
}

function isOfType(pattern: string, type = ""): boolean {
  return pattern.endsWith("*") ? type.startsWith(pattern.slice(0, -1)) : type === pattern;
}
