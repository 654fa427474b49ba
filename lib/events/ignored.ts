/** Events that are kept, but change nothing else: why, and how they are counted. Pure. */
import type { Metrics } from "../metrics.ts";
import { isLiveStage } from "../stripe/stripe-keys.ts";
import type { EventHead } from "./stripe-event.ts";

/**
 * `other-account`: it comes from a connected account, which our key does not read. `other-mode`: it comes from live mode on a
 * test stage, or the reverse.
 * `no-consumer`: its type has none. `no-object`: it is not about an object with an id. `gone`: its object was rendered in another API version, and Stripe does not have the object
 * any more.
 */
export type IgnoredReason = "other-account" | "other-mode" | "no-consumer" | "no-object" | "gone";

/** Why an event is not about our account in the stage's mode, so that nothing of it may be applied; undefined if it is. */
export function foreignness({ account, livemode }: EventHead, stage: string): IgnoredReason | undefined {
  if (account !== undefined) return "other-account";
  return livemode === isLiveStage(stage) ? undefined : "other-mode";
}

/** For the log line of the delivery that ignored the event, which has a field `reason`. */
export const ONE_IGNORED: readonly Metrics[] = [["stage"], ["stage", "reason"]].map((dimensions) => ({
  dimensions,
  values: { EventsIgnored: 1 },
}));
