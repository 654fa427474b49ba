/** Events that are kept, but change nothing else: why, and how they are counted. Pure. */
import type { Metrics } from "../metrics.ts";

/**
 * `no-consumer`: its type has none. `no-object`: it is not about an object with an id. `gone`: its object was rendered in another API version, and Stripe does not have the object
 * any more.
 */
export type IgnoredReason = "no-consumer" | "no-object" | "gone";

/** For the log line of the delivery that ignored the event, which has a field `reason`. */
export const ONE_IGNORED: readonly Metrics[] = [["stage"], ["stage", "reason"]].map((dimensions) => ({
  dimensions,
  values: { EventsIgnored: 1 },
}));
