/** The small suite that each client of the API passes: what it calls, in terms that do not depend on the client. */

export interface Payer {
  readonly customerEmail: string;
  readonly customerName: string;
  /** Cents. */
  readonly amount: number;
}

export interface Refusal {
  readonly status: number;
  readonly code: string;
  /** Of the fields that are wrong. */
  readonly paths: readonly string[];
}

export interface ClientCalls {
  /** Returns the customer's id. */
  createCustomer(email: string): Promise<string>;
  /** Returns the payment intent's id. `amount`: cents. */
  createPayment(customerId: string, amount: number, idempotencyKey: string): Promise<string>;
  /** The refusal of a payment of this amount; undefined if it is created. */
  refusalOf(amount: number): Promise<Refusal | undefined>;
  /** The ids of all payments of a customer, read in pages of two. */
  payments(customerId: string): Promise<readonly string[]>;
  /** Runs process-payment to its end. */
  runPayment(payer: Payer, idempotencyKey: string): Promise<EndedRun>;
}

export interface EndedRun {
  readonly runId: string;
  readonly status: string;
  readonly completedSteps: readonly string[];
}
