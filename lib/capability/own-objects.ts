/**
 * Keeps a principal that is bound to a customer to that customer's objects. Its policy only compares customers, so a call
 * that names an object instead of a customer is judged as one for the principal's own customer; before the operation runs, this
 * module proves that the object is that customer's.
 */
import { missingObject, type Problem } from "../errors.ts";
import type { Principal } from "../identity/principal.ts";
import { isRecord } from "../untrusted.ts";
import type { Capability, FindContext } from "./capability.ts";

/** The inputs as the policy reads them. `findsCustomer`: whether the capability can find the customer of an object. */
export function policyInput(findsCustomer: boolean, inputs: unknown, principal: Principal): unknown {
  return isRecord(inputs) && isProofNeeded(findsCustomer, inputs, principal)
    ? { ...inputs, customerId: principal.customerId }
    : inputs;
}

/**
 * Throws NOT_FOUND, as for an object that does not exist, if the object in the inputs is not the principal's own. Asks nobody
 * for a principal that acts for every customer.
 */
export async function proveOwnership<Inputs>(
  capability: Pick<Capability<Inputs, object>, "findCustomer">,
  inputs: Inputs,
  context: FindContext,
): Promise<void> {
  const { findCustomer } = capability;
  if (findCustomer === undefined || !isProofNeeded(true, inputs, context.principal)) return;
  if ((await findCustomer(inputs, context)) !== context.principal.customerId) throw notYours(inputs);
}

function isProofNeeded(findsCustomer: boolean, inputs: unknown, principal: Principal): boolean {
  const namesCustomer = isRecord(inputs) && inputs.customerId !== undefined;
  return principal.customerId !== undefined && findsCustomer && !namesCustomer;
}

/** The same problem as for an id that Stripe does not know: it does not show that the object exists. */
function notYours(inputs: unknown): Problem {
  const names = isRecord(inputs) ? Object.keys(inputs) : [];
  const path = names.find((name) => name.endsWith("Id")) ?? names[0] ?? "";
  return missingObject(path);
}
