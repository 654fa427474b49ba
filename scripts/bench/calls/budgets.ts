/**
 * How many calls a paid payment may cost, by operation. test/scripts/bench/calls.test.ts fails when the code makes another
 * call than these, in either direction: a call that is saved is saved here, too. docs/performance.md explains them.
 */
export interface Budget {
  /** By service and operation; for DynamoDB also the table and, in the audit log, the kind of item. */
  readonly calls: Readonly<Record<string, number>>;
}

/** A warm call of stripe-create-payment-intent, of a caller who sends no customer. */
export const PAYMENT_CALL: Budget & { readonly steps: number } = {
  steps: 3,
  calls: {
    "DynamoDB PutItem AuditLog day": 1,
    "DynamoDB PutItem AuditLog heads": 1,
    "DynamoDB PutItem AuditLog object": 1,
    "DynamoDB PutItem IdempotencyKeys": 1,
    "DynamoDB UpdateItem AuditLog day": 1,
    "DynamoDB UpdateItem IdempotencyKeys": 1,
    "DynamoDB UpdateItem UsageCounters": 2,
    "Stripe POST /v1/payment_intents": 1,
  },
};

/** One paid process-payment of a new customer: the start, the steps, the payment, its events and the end of the run. */
export const PAID_PAYMENT: Budget & { readonly states: number } = {
  states: 3,
  calls: {
    "DynamoDB GetItem Customers": 1,
    "DynamoDB GetItem FailedPayments": 1,
    "DynamoDB GetItem StripeObjects": 3,
    "DynamoDB GetItem WorkflowRuns": 2,
    "DynamoDB PutItem AuditLog day": 6,
    "DynamoDB PutItem AuditLog heads": 6,
    "DynamoDB PutItem AuditLog object": 13,
    "DynamoDB PutItem Customers": 1,
    "DynamoDB PutItem IdempotencyKeys": 4,
    "DynamoDB PutItem StripeEvents": 2,
    "DynamoDB PutItem StripeObjects": 3,
    "DynamoDB PutItem WorkflowRuns": 2,
    "DynamoDB Query EventWaits": 2,
    "DynamoDB UpdateItem AuditLog day": 6,
    "DynamoDB UpdateItem Customers": 1,
    "DynamoDB UpdateItem IdempotencyKeys": 3,
    "DynamoDB UpdateItem StripeEvents": 2,
    "DynamoDB UpdateItem UsageCounters": 5,
    "SES SendEmail": 1,
    "SNS Publish": 1,
    "SQS SendMessage": 2,
    "Step Functions DescribeExecution": 1,
    "Step Functions StartExecution": 1,
    "Stripe GET /v1/customers": 1,
    "Stripe GET /v1/customers/search": 1,
    "Stripe GET /v1/invoice_payments": 1,
    "Stripe GET /v1/payment_intents/...": 1,
    "Stripe POST /v1/customers": 1,
    "Stripe POST /v1/payment_intents": 1,
  },
};

/** A poll of a run: without its steps. */
export const POLL: Budget = { calls: { "DynamoDB GetItem WorkflowRuns": 1 } };
