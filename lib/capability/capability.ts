/**
 * The types that declare a capability. `npm run generate` writes a `CapabilityContract` for every
 * functions/<capability>/contract.yml; functions/<capability>/operation.ts implements its operation.
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

/** The workflow run that a call is a step of, with its values opened. */
export interface RunContext {
  readonly workflowId: string;
  readonly runId: string;
  readonly input: unknown;
  /** By id, each with its `output`. */
  readonly steps: unknown;
}

export interface OperationContext extends CallContext {
  /** Left out for a call from outside of a workflow. */
  readonly run?: RunContext;
  readonly principal: Principal;
  /**
   * Derived from principal, capability, the caller's key and a secret of the stage: the same for every retry of a call.
   * At most 255 characters.
   */
  readonly idempotencyKey: string;
  /** Records the id of the vendor's request that belongs to this call, such as Stripe's `req_...`. */
  readonly noteVendorRequest: (vendorRequestId: string) => void;
}

/** A contract with its operation and the policy that says who may call it. */
export interface Capability<Inputs, Outputs> {
  readonly contract: CapabilityContract<Inputs, Outputs>;
  /**
   * Checks rules for the inputs that the contract cannot express: throws VALIDATION_FAILED. Runs before the policy is
   * asked, and before anything is written; also before a workflow run starts that would call the capability with these
   * inputs. No I/O.
   */
  readonly checkInputs?: (inputs: Inputs) => void;
  readonly operation: Operation<Inputs, Outputs>;
  readonly policy: Policy;
}

/** What a capability does. Throws a Problem (or a vendor's error, which the pipeline maps) if it cannot. */
export type Operation<Inputs, Outputs> = (inputs: Inputs, context: OperationContext) => Promise<Outputs>;
