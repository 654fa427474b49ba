/** What `npm run bench -- pipeline` compares: an operation that only returns, alone and through the whole pipeline. */
import {
  contract,
  type Inputs,
  type Outputs,
} from "../../../generated/capabilities/stripe-create-payment-intent.ts";
import { policy } from "../../../generated/policy.ts";
import type { Capability, Operation } from "../../../lib/capability/capability.ts";
import { runCapability } from "../../../lib/capability/run-capability.ts";

const operation: Operation<Inputs, Outputs> = async () => ({
  paymentIntentId: "pi_3OaBcDeFgHiJkLmN1a2b3c4d",
  clientSecret: "pi_3OaBcDeFgHiJkLmN1a2b3c4d_secret_a1b2c3d4e5f6g7h8i9j0k1l2m",
  status: "requires_payment_method",
});
const capability: Capability<Inputs, Outputs> = { contract, operation, policy };
const inputs: Inputs = {
  amount: 4_200,
  currency: "usd",
  customerId: "cus_1a2b3c4d5e6f7g",
  metadata: { orderId: "1234" },
};

let calls = 0;
function nextCall() {
  calls += 1;
  return {
    inputs,
    principal: { id: "shop", roles: ["checkout"] },
    action: "invoke" as const,
    idempotencyKey: `order-${calls}-of-the-shop`,
    ipAddress: "192.0.2.1",
    requestId: "8f2b6c1e-5a0d-4c3b-9e7f-1a2b3c4d5e6f",
    deadline: Date.now() + 30_000,
    now: () => new Date(),
  };
}

export const pipeline = () => runCapability(capability, nextCall());

export const bare = () =>
  operation(inputs, { ...nextCall(), idempotencyKey: "key", noteVendorRequest: () => undefined });
