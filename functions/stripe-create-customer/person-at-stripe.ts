/** One person's customer at Stripe: confirms, finds and creates it. */
import type Stripe from "stripe";
import type { Inputs } from "../../generated/capabilities/stripe-create-customer.ts";
import type { OperationContext } from "../../lib/capability/capability.ts";
import type {
  CreationAttempt,
  MappedCustomer,
  PersonAtStripe,
} from "../../lib/customers/customer-mapping.ts";
import { customersLike } from "../../lib/customers/customers-like.ts";
import { oldestFirst } from "../../lib/customers/find-customer.ts";
import { identityAtStripe } from "../../lib/customers/person.ts";
import { isAnswered } from "../../lib/stripe/is-answered.ts";
import { forgetOwnAccount, ownAccount } from "../../lib/stripe/stripe-account.ts";
import { readStripe, withStripe } from "../../lib/stripe/stripe-client.ts";
import type { ParametersOf } from "../../lib/stripe/stripe-parameters.ts";
import { type Fields, textOf } from "../../lib/untrusted.ts";

/** What the operation returns, with where the customer is. */
export interface CustomerAtStripe extends MappedCustomer {
  readonly email: string;
}

const parameters: ParametersOf<Inputs> = { email: "email", name: "name", metadata: "metadata" };

/** How long the name of the account may take: it is only a label. */
const ACCOUNT_MS = 4_500;

/** The person with this identity, as Stripe knows the person. `wanted` is the customer to create if there is none. */
export function personAtStripe(
  identity: string,
  wanted: Stripe.CustomerCreateParams & { readonly email: string; readonly metadata: Record<string, string> },
  context: OperationContext,
): PersonAtStripe<CustomerAtStripe> {
  const shown = (customer: Fields): CustomerAtStripe => ({
    customerId: String(customer.id),
    email: textOf(customer.email) ?? wanted.email,
    livemode: customer.livemode === true,
  });

  async function current(customerId: string): Promise<CustomerAtStripe | undefined> {
    const found = await readStripe(`/v1/customers/${encodeURIComponent(customerId)}`, context);
    // Stripe keeps deleted customers: one that it does not have is another account's, so the key may be, too.
    if (found === undefined) forgetOwnAccount();
    return found !== undefined && identityAtStripe(found) === identity ? shown(found) : undefined;
  }

  /** The oldest that exists already: created before this deployment, or by a call that crashed before it recorded it. */
  async function find(): Promise<CustomerAtStripe | undefined> {
    const { email, metadata } = wanted;
    const candidates = await customersLike({ email, userId: metadata.userId }, context);
    const theirs = candidates.filter((customer) => identityAtStripe(customer) === identity);
    for (const { id } of oldestFirst(theirs)) {
      // A search can return what the customer was a minute ago.
      const confirmed = await current(String(id));
      if (confirmed !== undefined) return confirmed;
    }
    return undefined;
  }

  async function create(attempt: CreationAttempt): Promise<CustomerAtStripe> {
    let created: Stripe.Response<Stripe.Customer>;
    try {
      created = await withStripe({ ...context, idempotencyKey: attempt.key }, parameters, (stripe, options) =>
        stripe.customers.create(wanted, options),
      );
    } catch (thrown) {
      if (!isAnswered(thrown)) throw thrown;
      // An earlier call has used this attempt with another name, say. What it created can be found by now.
      if (attempt.isResumed && thrown.code === "CONFLICT")
        return (await find()) ?? create(await attempt.next());
      // If this is not recorded, the next call resumes this attempt, and gets the same response.
      await attempt.next().catch(() => undefined);
      throw thrown;
    }
    const isReplayed = created.lastResponse.headers["idempotent-replayed"] === "true";
    if (!attempt.isResumed && !isReplayed) return shown({ ...created });
    // Stripe repeats its first response, even if the customer was deleted or changed after it.
    return (await current(created.id)) ?? create(await attempt.next());
  }

  async function findOrCreate(attempt: CreationAttempt): Promise<CustomerAtStripe> {
    const deadline = Math.min(context.deadline, context.now().getTime() + ACCOUNT_MS);
    const account = ownAccount((path) => readStripe(path, { ...context, deadline }));
    const customer = (await find()) ?? (await create(attempt));
    return { ...customer, account: await account };
  }

  return { current, findOrCreate };
}
