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
  /**
   * Of a reading capability that a GET request may call: the inputs that a query string can carry, and those
   * that it must not, because they are personal data.
   */
  readonly query?: { readonly types: QueryTypes; readonly bodyOnly: readonly string[] };
}

/** How the text of each parameter is read. The items of a list are joined by commas. */
export type QueryTypes = Readonly<Record<string, "text" | "number" | "boolean" | "list">>;

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
  /**
   * The customer of the object that the inputs name, where they name no customer: a principal that is bound to a customer
   * calls the capability for that customer's objects only. Without it, such a principal must name its customer.
   */
  readonly findCustomer?: FindCustomer<Inputs>;
  readonly operation: Operation<Inputs, Outputs>;
  readonly policy: Policy;
}

/** What finding a customer needs to know about the call. */
export type FindContext = Pick<
  OperationContext,
  "deadline" | "now" | "requestId" | "noteVendorRequest" | "principal"
>;

/**
 * The id of the customer that the object in the inputs belongs to; undefined if it belongs to none. Throws NOT_FOUND for an
 * object that does not exist.
 */
export type FindCustomer<Inputs> = (inputs: Inputs, context: FindContext) => Promise<string | undefined>;

/** What a capability does. Throws a Problem (or a vendor's error, which the pipeline maps) if it cannot. */
export type Operation<Inputs, Outputs> = (inputs: Inputs, context: OperationContext) => Promise<Outputs>;
