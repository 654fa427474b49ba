/**
 * The shapes a capability is declared with. `npm run generate` writes a `CapabilityContract` for every
 * functions/<capability>/contract.yml; functions/<capability>/operation.ts implements the operation it names.
 */
import type { CallContext } from "../call-context.ts";
import type { PayloadContract } from "../contract/payload-contract.ts";
import type { Principal } from "../identity/principal.ts";
import type { Policy } from "../policy/decide.ts";

export interface CapabilityContract<Inputs, Outputs> {
  readonly capabilityId: string;
  readonly provider: string;
  /** Name of the function that operation.ts exports. */
  readonly operation: string;
  readonly inputs: PayloadContract<Inputs>;
  readonly outputs: PayloadContract<Outputs>;
}

export interface OperationContext extends CallContext {
  readonly principal: Principal;
  /** Derived from principal, capability and the caller's key: the same for every retry of the same call. At most 255 characters. */
  readonly idempotencyKey: string;
  /** Tells the record which request at the vendor belongs to this call, such as Stripe's `req_...`. */
  readonly noteVendorRequest: (vendorRequestId: string) => void;
}

/** A contract bound to what it does and to the policy that says who may have it done. */
export interface Capability<Inputs, Outputs> {
  readonly contract: CapabilityContract<Inputs, Outputs>;
  /**
   * What the contract cannot say of the inputs: throws VALIDATION_FAILED. Asked before the policy, and before anything
   * is written. No I/O.
   */
  readonly checkInputs?: (inputs: Inputs) => void;
  readonly operation: Operation<Inputs, Outputs>;
  readonly policy: Policy;
}

/** What a capability does. Throws a Problem (or a vendor's error, which the pipeline maps) when it cannot. */
export type Operation<Inputs, Outputs> = (inputs: Inputs, context: OperationContext) => Promise<Outputs>;
