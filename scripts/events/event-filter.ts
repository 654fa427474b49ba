/** The filter with which an operator selects events. Pure. */

export interface EventFilter {
  /** A type, or the start of a type followed by `*`. */
  readonly type?: string;
  readonly objectId?: string;
  /** UTC: selects events that Stripe created at this time or later. */
  readonly since?: Date;
}

/**
 * The properties of an event that the filter compares. An unknown property only matches a filter that does not set it.
 */
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
