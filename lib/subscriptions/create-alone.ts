/**
 * Creates a subscription only if the customer has no live one to the same product, however many calls try at once. Each call
 * first takes a lease (lib/lease) on the customer and product, in the table SubscriptionClaims, and asks Stripe while it holds it:
 *
 *   (none) --take--> held(owner, lease, attempt) --Stripe has responded--> (none)
 *                       ^                |
 *                       \----take--------+--the outcome is unknown: the lease ends, the attempt stays
 *
 * `attempt` is the idempotency key under which Stripe is asked to create. A request whose response was lost may still reach
 * Stripe, after the next call has seen no subscription. So the next call creates with the same attempt: whichever request
 * Stripe handles first takes effect, and the other one gets that response, or is refused because its parameters differ.
 */
import { createHash, randomUUID } from "node:crypto";
import type Stripe from "stripe";
import type { TimeLimit } from "../call-context.ts";
import { Problem } from "../errors.ts";
import { abandonLease, deleteAsOwner, type Lease, writeAsOwner } from "../lease/lease.ts";
import { isAnswered } from "../stripe/is-answered.ts";
import { textOf } from "../untrusted.ts";
import { alreadySubscribed } from "./already-subscribed.ts";
import { hasEnded, type LiveSubscription } from "./live-subscriptions.ts";
import { takeTurn } from "./one-at-a-time.ts";

/** How often a call starts again because what its attempt created has ended already. */
const MAX_ATTEMPTS = 3;

const IS_THIS_ATTEMPT = "attempt = :attempt";
const HAS_NO_ATTEMPT = "attribute_not_exists(attempt)";

/** Stripe, for a subscription of one customer to one product. */
export interface SubscriptionsAtStripe {
  /** The customer's live subscriptions to the product. */
  readonly live: () => Promise<LiveSubscription[]>;
  /** Creates the subscription under this idempotency key. */
  readonly create: (key: string) => Promise<Stripe.Response<Stripe.Subscription>>;
  readonly read: (subscriptionId: string) => Promise<Stripe.Subscription>;
}

export interface Wanted {
  readonly customerId: string;
  readonly productId: string;
  /** The mark of the call (own-metadata.ts), which `create` puts on the subscription. */
  readonly mark: string;
}

/**
 * The created subscription, or the one that this call has created before. Throws CONFLICT that names another live one, and
 * SERVICE_UNAVAILABLE if other calls hold the lease until shortly before the deadline.
 */
export async function createAlone(
  wanted: Wanted,
  limit: TimeLimit,
  stripe: SubscriptionsAtStripe,
): Promise<Stripe.Subscription> {
  const held = await holdClaim(wanted, limit);
  try {
    const subscription = await create(held, wanted, stripe);
    // If this fails, the next call resumes an attempt that has ended, and finds the subscription in Stripe's list.
    await deleteAsOwner(held.lease).catch(() => false);
    return subscription;
  } catch (thrown) {
    await (isUnknown(thrown) ? abandonLease(held.lease) : deleteAsOwner(held.lease)).catch(() => false);
    throw thrown;
  }
}

interface Held {
  readonly lease: Lease;
  readonly attempt: string;
  /** Whether an earlier call may have sent a request with this attempt. */
  readonly isResumed: boolean;
}

async function holdClaim({ customerId, productId }: Wanted, limit: TimeLimit): Promise<Held> {
  const { lease, claimed } = await takeTurn(claimId(customerId, productId), limit, (found) => {
    const begun = textOf(found?.attempt);
    const attempt = begun ?? randomUUID();
    // So that an attempt that began after the item was read is not lost.
    const canContinue =
      begun === undefined
        ? { expression: HAS_NO_ATTEMPT }
        : { expression: IS_THIS_ATTEMPT, values: { ":attempt": begun } };
    return {
      conditions: { canContinue },
      attributes: { attempt },
      attempt,
      isResumed: begun !== undefined,
    };
  });
  return { lease, attempt: claimed.attempt, isResumed: claimed.isResumed };
}

/** A digest, because ids that callers send can have any length. */
const claimId = (customerId: string, productId: string): string =>
  `create#${createHash("sha256")
    .update(JSON.stringify([customerId, productId]))
    .digest("hex")}`;

async function create(
  held: Held,
  { mark }: Wanted,
  stripe: SubscriptionsAtStripe,
): Promise<Stripe.Subscription> {
  let { attempt, isResumed } = held;
  for (let round = 0; round < MAX_ATTEMPTS; round += 1) {
    const live = await stripe.live();
    const own = live.find(({ call }) => call === mark);
    if (own !== undefined) return stripe.read(own.id);
    const [other] = live;
    if (other !== undefined) throw alreadySubscribed(other);
    const created = await createOnce(attempt, isResumed, stripe);
    if (created !== undefined) return created;
    attempt = randomUUID();
    isResumed = false;
    if (!(await writeAsOwner(held.lease, { attempt }))) throw tookTooLong();
  }
  throw tookTooLong();
}

/** Undefined if the attempt was used up by an earlier request: what that created has ended, or can be listed by now. */
async function createOnce(
  attempt: string,
  isResumed: boolean,
  stripe: SubscriptionsAtStripe,
): Promise<Stripe.Subscription | undefined> {
  let created: Stripe.Response<Stripe.Subscription>;
  try {
    created = await stripe.create(attempt);
  } catch (thrown) {
    // An earlier request with this attempt had other parameters.
    if (isResumed && isAnswered(thrown) && thrown.code === "CONFLICT") return undefined;
    throw thrown;
  }
  const isReplayed = created.lastResponse.headers["idempotent-replayed"] === "true";
  if (!isResumed && !isReplayed) return created;
  // Stripe repeats its first response, even if the subscription has changed since.
  const current = await stripe.read(created.id);
  return hasEnded(current.status) ? undefined : current;
}

/** Whether Stripe may still create what was asked for. */
const isUnknown = (thrown: unknown): boolean =>
  !(thrown instanceof Problem) ||
  (thrown.retryable && !isAnswered(thrown)) ||
  thrown.code === "INTERNAL_ERROR";

const tookTooLong = () =>
  new Problem("SERVICE_UNAVAILABLE", "The lease on the customer's subscriptions ran out", {
    retryAfterSeconds: 1,
  });
