/**
 * Which Stripe customer belongs to which person: the table Customers, keyed by the person (person.ts). A mapping is claimed
 * before a customer is created. So two concurrent calls create one Stripe customer, and so does a call that takes over
 * from one that crashed (R2). It is leased to the call that creates (lib/lease, R5):
 *
 *   (none) --claim--> claimed(owner, lease, attempt) --record--> mapped(customerId, account, livemode)
 *                        ^                                          |
 *                        \--claim: Stripe says it is not theirs ----/
 *
 * A stored id can outlive its customer: somebody deletes it, gives it to another person, or the key now belongs to another
 * account. So Stripe is asked about it before it is returned.
 *
 * `attempt` is the idempotency key under which Stripe is asked to create. It belongs to one attempt, not to the person: the
 * calls that share an attempt are those that do not know how it ended. See docs/decisions/0029-stripe-confirms-a-stored-customer.md.
 */
import { randomUUID } from "node:crypto";
import { setTimeout as delay } from "node:timers/promises";
import { anyOf } from "../aws/combine-conditions.ts";
import { type Condition, deleteItem, getItem, type Item, putItem } from "../aws/dynamodb.ts";
import type { TimeLimit } from "../call-context.ts";
import { env } from "../env.ts";
import { Problem } from "../errors.ts";
import {
  abandonLease,
  finishLease,
  type Lease,
  type LeasedItem,
  takeLease,
  writeAsOwner,
} from "../lease/lease.ts";
import { present } from "../present.ts";
import { textOf } from "../untrusted.ts";
import { mappingKey } from "./mapping-key.ts";

const IS_NEW = "attribute_not_exists(#identity)";
const IS_NOT_MAPPED = "attribute_not_exists(customerId)";
const IS_THIS_CUSTOMER = "customerId = :customerId";
const HAS_NO_ATTEMPT = "attribute_not_exists(attempt)";
const IS_THIS_ATTEMPT = "attempt = :attempt";

/** A customer and where it is. */
export interface MappedCustomer {
  readonly customerId: string;
  /** `acct_...`; undefined if Stripe did not say. */
  readonly account?: string | undefined;
  readonly livemode: boolean;
}

/** The attempt to create a customer that this call works on. */
export interface CreationAttempt {
  /** Stripe's idempotency key for it. */
  readonly key: string;
  /** Whether an earlier call may have created the customer with this key. */
  readonly isResumed: boolean;
  /** The next attempt, once this one's outcome is known. Throws SERVICE_UNAVAILABLE if another call has taken over. */
  readonly next: () => Promise<CreationAttempt>;
}

/** Stripe, as the mapping of one person asks it. */
export interface PersonAtStripe<C extends MappedCustomer> {
  /** The customer, if it exists and is this person's now. */
  readonly current: (customerId: string) => Promise<C | undefined>;
  /** The person's customer, found or created. Safe to repeat: after a crash, the next call runs it with the same attempt. */
  readonly findOrCreate: (attempt: CreationAttempt) => Promise<C>;
}

/** Reserved before the deadline for the response that it took too long: a Lambda that is cut off sends no response. */
const RESERVED_MS = 1_500;
/** How often a call checks again while another one creates the same customer. */
const POLL_MS = 100;

/**
 * The person's customer: the mapped one if Stripe confirms it, or else the one that `stripe` finds or creates, which is
 * then recorded. While another call creates it, this one waits for the result, and throws SERVICE_UNAVAILABLE in time to
 * respond before `deadline` (Unix milliseconds).
 */
export async function findOrCreateCustomer<C extends MappedCustomer>(
  person: string,
  { deadline, now }: TimeLimit,
  stripe: PersonAtStripe<C>,
): Promise<C> {
  const identity = await mappingKey(person);
  let item = await getItem(env("CUSTOMERS_TABLE"), { identity });
  for (;;) {
    const mapped = customerIdIn(item);
    const known = mapped === undefined ? undefined : await stripe.current(mapped);
    if (known !== undefined) return known;
    const claim = claimOn(item);
    const take = await takeLease(
      mappingItem(identity),
      { now: now(), leaseUntil: deadline, ...claim.conditions },
      { attempt: claim.key },
    );
    if (take.kind === "taken") return createAsOwner(take.lease, claim, stripe);
    item = take.found;
    if (now().getTime() > deadline - RESERVED_MS) {
      throw new Problem("SERVICE_UNAVAILABLE", "Another call is still creating this customer", {
        retryAfterSeconds: 1,
      });
    }
    if (customerIdIn(item) === undefined) await delay(POLL_MS);
  }
}

/** Records that the person is this customer, unless another customer is recorded or being created. */
export async function mapCustomer(person: string, customer: MappedCustomer): Promise<boolean> {
  const identity = await mappingKey(person);
  return putItem(
    env("CUSTOMERS_TABLE"),
    { identity, ...recordOf(customer) },
    {
      expression: `${IS_NEW} OR ${IS_THIS_CUSTOMER}`,
      names: { "#identity": "identity" },
      values: { ":customerId": customer.customerId },
    },
  );
}

/** Forgets that the person is this customer, so that the next call looks at Stripe again. False if the person was not. */
export async function forgetCustomer(person: string, customerId: string): Promise<boolean> {
  const identity = await mappingKey(person);
  return deleteItem(env("CUSTOMERS_TABLE"), { identity }, isMappedTo(customerId));
}

const mappingItem = (identity: string): LeasedItem => ({
  table: env("CUSTOMERS_TABLE"),
  keyName: "identity",
  id: identity,
  isUnfinished: { expression: IS_NOT_MAPPED },
});

const customerIdIn = (item: Item | undefined) => textOf(item?.customerId);

const isMappedTo = (customerId: string): Condition => ({
  expression: IS_THIS_CUSTOMER,
  values: { ":customerId": customerId },
});

const recordOf = ({ customerId, account, livemode }: MappedCustomer) => ({
  customerId,
  ...present({ account }),
  livemode,
});

interface Claim extends Pick<CreationAttempt, "key" | "isResumed"> {
  readonly conditions: { readonly isFree?: Condition; readonly canContinue: Condition };
}

/**
 * How to claim the item that was read: an unfinished one with its attempt, any other one with a new attempt. The conditions
 * hold only while the item is still that one, so that no attempt is lost.
 */
function claimOn(item: Item | undefined): Claim {
  const stale = customerIdIn(item);
  const begun = stale === undefined ? textOf(item?.attempt) : undefined;
  const isContinued = begun && { expression: IS_THIS_ATTEMPT, values: { ":attempt": begun } };
  return {
    key: begun ?? randomUUID(),
    isResumed: begun !== undefined,
    conditions: {
      ...present({ isFree: stale === undefined ? undefined : isMappedTo(stale) }),
      canContinue: anyOf({ expression: HAS_NO_ATTEMPT }, isContinued || undefined),
    },
  };
}

async function createAsOwner<C extends MappedCustomer>(
  lease: Lease,
  { key, isResumed }: Claim,
  stripe: PersonAtStripe<C>,
): Promise<C> {
  const next = async (): Promise<CreationAttempt> => {
    const another = randomUUID();
    if (!(await writeAsOwner(lease, { attempt: another }))) throw tookTooLong();
    return { key: another, isResumed: false, next };
  };
  try {
    const customer = await stripe.findOrCreate({ key, isResumed, next });
    if (await finishLease(lease, recordOf(customer))) return customer;
    throw tookTooLong();
  } catch (thrown) {
    await abandonLease(lease).catch(() => false);
    throw thrown;
  }
}

const tookTooLong = () =>
  new Problem("SERVICE_UNAVAILABLE", "The lease on the customer mapping ran out", { retryAfterSeconds: 1 });
