/**
 * Which Stripe customer belongs to whom: the table Customers, keyed by the application's user id or else by the email
 * address. A mapping is claimed before a customer is created, so that two calls at once make one Stripe customer:
 *
 *   (none) --claim--> claimed(owner, lease) --record--> mapped(customerId)
 */
import { createHash, randomUUID } from "node:crypto";
import { setTimeout as delay } from "node:timers/promises";
import { deleteItem, getItem, putItem, updateItem } from "../aws/dynamodb.ts";
import { env } from "../env.ts";
import { Problem } from "../errors.ts";

export interface MappedCustomer {
  readonly customerId: string;
  readonly email: string;
}

/** Kept back from the deadline for saying that it took too long: a Lambda that is cut off says nothing. */
const RESERVED_MS = 1_500;
/** How often a call looks again while another one creates the same customer. */
const POLL_MS = 100;

/** The mapping's key. The address is kept as a digest, so that keys hold no personal data. */
export function customerIdentity(who: { userId?: string; email: string }): string {
  if (who.userId !== undefined) return `user:${who.userId}`;
  return `email:${createHash("sha256").update(who.email.trim().toLowerCase()).digest("hex")}`;
}

/**
 * The mapped customer, or what `create` answers, recorded. While another call creates it, this one waits for the
 * result, and gives up with SERVICE_UNAVAILABLE in time to say so before `deadline` (Unix milliseconds). `create` must
 * be safe to repeat: after a crash the next caller runs it again.
 */
export async function findOrCreateCustomer(
  identity: string,
  deadline: number,
  create: () => Promise<MappedCustomer>,
): Promise<MappedCustomer> {
  for (;;) {
    const known = await readMapping(identity);
    if (known !== undefined) return known;
    const owner = randomUUID();
    if (await claimMapping(identity, owner, deadline)) {
      return await createClaimed(identity, owner, create);
    }
    if (Date.now() > deadline - RESERVED_MS) {
      throw new Problem("SERVICE_UNAVAILABLE", "Another call is still creating this customer", {
        retryAfterSeconds: 1,
      });
    }
    await delay(POLL_MS);
  }
}

/**
 * Records that the person is this customer, unless another one is known; of a known one the address is brought up to
 * date.
 */
export function mapCustomer(identity: string, customer: MappedCustomer): Promise<boolean> {
  return putItem(
    env("CUSTOMERS_TABLE"),
    { identity, ...customer },
    {
      // personIsNew OR isThisCustomerAlready
      expression: "attribute_not_exists(#identity) OR customerId = :customerId",
      names: { "#identity": "identity" },
      values: { ":customerId": customer.customerId },
    },
  );
}

/** Forgets that the person is this customer, so that the next call looks at Stripe again. False when it was not. */
export function forgetCustomer(identity: string, customerId: string): Promise<boolean> {
  return deleteItem(
    env("CUSTOMERS_TABLE"),
    { identity },
    { expression: "customerId = :customerId", values: { ":customerId": customerId } },
  );
}

async function readMapping(identity: string): Promise<MappedCustomer | undefined> {
  const item = await getItem(env("CUSTOMERS_TABLE"), { identity });
  if (typeof item?.customerId !== "string" || typeof item.email !== "string") return undefined;
  return { customerId: item.customerId, email: item.email };
}

function claimMapping(identity: string, owner: string, leaseUntil: number): Promise<boolean> {
  return putItem(
    env("CUSTOMERS_TABLE"),
    { identity, owner, leaseUntil },
    {
      // mappingIsNew OR (notYetMapped AND leaseOver)
      expression:
        "attribute_not_exists(#identity) OR (attribute_not_exists(customerId) AND leaseUntil <= :now)",
      names: { "#identity": "identity" },
      values: { ":now": Date.now() },
    },
  );
}

async function createClaimed(
  identity: string,
  owner: string,
  create: () => Promise<MappedCustomer>,
): Promise<MappedCustomer> {
  try {
    const customer = await create();
    const recorded = await updateClaimed(
      identity,
      owner,
      "SET customerId = :customerId, email = :email REMOVE leaseUntil",
      {
        ":customerId": customer.customerId,
        ":email": customer.email,
      },
    );
    if (!recorded)
      throw new Problem("SERVICE_UNAVAILABLE", "The lease on the customer mapping ran out", {
        retryAfterSeconds: 1,
      });
    return customer;
  } catch (thrown) {
    await updateClaimed(identity, owner, "SET leaseUntil = :over", { ":over": 0 }).catch(() => false);
    throw thrown;
  }
}

function updateClaimed(
  identity: string,
  owner: string,
  update: string,
  values: Record<string, unknown>,
): Promise<boolean> {
  return updateItem(env("CUSTOMERS_TABLE"), { identity }, update, {
    expression: "#owner = :owner AND attribute_not_exists(customerId)",
    names: { "#owner": "owner" },
    values: { ...values, ":owner": owner },
  });
}
