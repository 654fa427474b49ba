/**
 * Which Stripe customer belongs to which person: the table Customers, keyed by the application's user id, or else by the
 * email address. A mapping is claimed before a customer is created. So two concurrent calls create one Stripe customer, and
 * so does a call that takes over from one that crashed (R2). It is leased to the call that creates (lib/lease, R5):
 *
 *   (none) --claim--> claimed(owner, lease) --record--> mapped(customerId)
 */
import { createHash } from "node:crypto";
import { setTimeout as delay } from "node:timers/promises";
import { deleteItem, getItem, type Item, putItem } from "../aws/dynamodb.ts";
import type { TimeLimit } from "../call-context.ts";
import { env } from "../env.ts";
import { Problem } from "../errors.ts";
import { abandonLease, finishLease, type Lease, type LeasedItem, takeLease } from "../lease/lease.ts";

const IS_NEW = "attribute_not_exists(#identity)";
const IS_NOT_MAPPED = "attribute_not_exists(customerId)";
const IS_THIS_CUSTOMER = "customerId = :customerId";

export interface MappedCustomer {
  readonly customerId: string;
  readonly email: string;
}

/** Reserved before the deadline for the response that it took too long: a Lambda that is cut off sends no response. */
const RESERVED_MS = 1_500;
/** How often a call checks again while another one creates the same customer. */
const POLL_MS = 100;

/** The mapping's key. The address is stored as a digest, so that keys contain no personal data. */
export function customerIdentity(who: { userId?: string; email: string }): string {
  if (who.userId !== undefined) return `user:${who.userId}`;
  return `email:${createHash("sha256").update(who.email.trim().toLowerCase()).digest("hex")}`;
}

/**
 * The mapped customer, or the one that `create` returns, which is then recorded. While another call creates it, this one
 * waits for the result, and throws SERVICE_UNAVAILABLE in time to respond before `deadline` (Unix milliseconds). `create`
 * must be safe to repeat: after a crash the next caller runs it again.
 */
export async function findOrCreateCustomer(
  identity: string,
  { deadline, now }: TimeLimit,
  create: () => Promise<MappedCustomer>,
): Promise<MappedCustomer> {
  let known = mappingIn(await getItem(env("CUSTOMERS_TABLE"), { identity }));
  while (known === undefined) {
    const take = await takeLease(mappingItem(identity), { now: now(), leaseUntil: deadline }, {});
    if (take.kind === "taken") return createAsOwner(take.lease, create);
    known = mappingIn(take.found);
    if (known !== undefined) break;
    if (now().getTime() > deadline - RESERVED_MS) {
      throw new Problem("SERVICE_UNAVAILABLE", "Another call is still creating this customer", {
        retryAfterSeconds: 1,
      });
    }
    await delay(POLL_MS);
  }
  return known;
}

/**
 * Records that the person is this customer, unless another customer is recorded. If this one already is, its address is
 * updated.
 */
export function mapCustomer(identity: string, customer: MappedCustomer): Promise<boolean> {
  return putItem(
    env("CUSTOMERS_TABLE"),
    { identity, ...customer },
    {
      expression: `${IS_NEW} OR ${IS_THIS_CUSTOMER}`,
      names: { "#identity": "identity" },
      values: { ":customerId": customer.customerId },
    },
  );
}

/** Forgets that the person is this customer, so that the next call looks at Stripe again. False if the person was not. */
export function forgetCustomer(identity: string, customerId: string): Promise<boolean> {
  return deleteItem(
    env("CUSTOMERS_TABLE"),
    { identity },
    { expression: IS_THIS_CUSTOMER, values: { ":customerId": customerId } },
  );
}

const mappingItem = (identity: string): LeasedItem => ({
  table: env("CUSTOMERS_TABLE"),
  keyName: "identity",
  id: identity,
  isUnfinished: { expression: IS_NOT_MAPPED },
});

function mappingIn(item: Item | undefined): MappedCustomer | undefined {
  if (typeof item?.customerId !== "string" || typeof item.email !== "string") return undefined;
  return { customerId: item.customerId, email: item.email };
}

async function createAsOwner(lease: Lease, create: () => Promise<MappedCustomer>): Promise<MappedCustomer> {
  try {
    const { customerId, email } = await create();
    if (await finishLease(lease, { customerId, email })) return { customerId, email };
    throw new Problem("SERVICE_UNAVAILABLE", "The lease on the customer mapping ran out", {
      retryAfterSeconds: 1,
    });
  } catch (thrown) {
    await abandonLease(lease).catch(() => false);
    throw thrown;
  }
}
