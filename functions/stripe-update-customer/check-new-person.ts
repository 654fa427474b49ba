/** Refuses changes after which a customer would be the wrong person's. See docs/decisions/0054-finding-a-customer.md. */
import type { OperationContext } from "../../lib/capability/capability.ts";
import { customerNow } from "../../lib/customers/find-customer.ts";
import { mappedCustomerId } from "../../lib/customers/mapped-customer.ts";
import { identityAtStripe } from "../../lib/customers/person.ts";
import { Problem } from "../../lib/errors.ts";
import { type Fields, fieldsOf, textOf } from "../../lib/untrusted.ts";

export interface Change {
  readonly email?: string;
  readonly metadata?: Readonly<Record<string, string>>;
}

/**
 * Throws FORBIDDEN if a key that is bound to a customer would become another person, and CONFLICT if the new person has another
 * customer.
 */
export async function checkNewPerson(
  before: Fields,
  change: Change,
  context: OperationContext,
): Promise<void> {
  const person = identityAtStripe(changed(before, change));
  if (person === undefined || person === identityAtStripe(before)) return;
  const path = person.startsWith("user:") ? "metadata.userId" : "email";
  if (context.principal.customerId !== undefined)
    throw refusal("FORBIDDEN", path, "decides whose customer it is, so this key cannot change it");
  const mappedId = await mappedCustomerId(person);
  if (mappedId === undefined || mappedId === before.id) return;
  const other = await customerNow(mappedId, context);
  if (other !== undefined && identityAtStripe(other) === person)
    throw refusal("CONFLICT", path, "is that of another customer");
}

/** The customer after the change. Stripe removes an entry of the metadata that is empty. */
function changed(before: Fields, { email, metadata }: Change): Fields {
  const entries = Object.entries({ ...fieldsOf(before.metadata), ...metadata });
  return {
    email: email ?? textOf(before.email),
    metadata: Object.fromEntries(entries.filter(([, value]) => value !== "")),
  };
}

function refusal(code: "FORBIDDEN" | "CONFLICT", path: string, message: string): Problem {
  return new Problem(code, `${path} ${message}`, { issues: [{ path, message }] });
}
