/**
 * When a message that failed is delivered again, and when it is given up. Two kinds of failure have two schedules, see
 * docs/decisions/0027-outages-back-off-poison-is-set-aside.md:
 *
 *   outage   time can fix it: SES, SNS, Stripe or DynamoDB is down, throttles, hangs, or refuses our set-up. The message
 *            waits 2.5 to 5 s, then twice as long each time, up to 15 to 30 min, for more than a day.
 *   poison   time cannot fix it: a message that is not an event, or a bug. After five deliveries, two minutes apart, it
 *            is set aside in the dead-letter queue.
 *
 *   refused  another service has refused it for good, and this was reported: it is set aside at once.
 *   later    its consumer has a schedule of its own: lib/endpoints/retry-schedule.ts.
 *
 * A Lambda that dies reports nothing: SQS delivers its messages again after two minutes. Pure.
 */
import { Problem } from "../errors.ts";

/** The number of deliveries after which a message with a failure that time cannot fix is set aside. */
export const POISON_DELIVERIES = 5;

/**
 * The number of deliveries after which SQS itself sets a message aside: 36 hours to 3 days of an outage; 5 hours if the
 * message kills its Lambda each time.
 */
export const MOST_DELIVERIES = 150;

const FIRST_DELAY_SECONDS = 5;
/**
 * Less than the hour after which the reconciler considers an unfinished event lost (LOST_AFTER_MS): otherwise it would
 * queue a copy of each waiting event.
 */
export const LONGEST_DELAY_SECONDS = 30 * 60;

/** A message that another service has refused for good. */
export class RefusedMessage extends Problem {}

/** A message that its consumer wants again after its own time. */
export class LaterMessage extends Problem {
  readonly seconds: number;

  /** `seconds`: at most eleven hours, because SQS hides a message for at most twelve. */
  constructor(message: string, seconds: number) {
    super("SERVICE_UNAVAILABLE", message);
    this.seconds = seconds;
  }
}

export type Redelivery =
  | { readonly kind: "later"; readonly seconds: number }
  /** After the queue's own visibility timeout. */
  | { readonly kind: "poison" }
  | { readonly kind: "set-aside" };

/**
 * What to do with a message whose delivery number `receiveCount` (from 1) failed. `random` is from 0 to 1: it spreads the
 * messages that failed together over half of the delay.
 */
export function redelivery(problem: Problem, receiveCount: number, random: number): Redelivery {
  if (problem instanceof RefusedMessage) return { kind: "set-aside" };
  if (problem instanceof LaterMessage) return { kind: "later", seconds: problem.seconds };
  if (!isOutage(problem))
    return receiveCount < POISON_DELIVERIES ? { kind: "poison" } : { kind: "set-aside" };
  const longest = Math.min(LONGEST_DELAY_SECONDS, FIRST_DELAY_SECONDS * 2 ** (receiveCount - 1));
  const spread = longest * (0.5 + 0.5 * random);
  return { kind: "later", seconds: Math.ceil(Math.max(spread, problem.retryAfterSeconds ?? 0)) };
}

/** Whether the same message can succeed later. A conflict with an end is work in progress. */
function isOutage({ retryable, retryAfterSeconds }: Problem): boolean {
  return retryable || retryAfterSeconds !== undefined;
}
