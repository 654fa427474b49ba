/**
 * What a mail about a failed workflow run says besides its error: which run, which customer, which amount. It is found by
 * the usual names of fields, so that no workflow has to pass it on. Pure.
 */
import type { RunContext } from "../capability/capability.ts";
import { isCurrency } from "../money/currencies.ts";
import { formatMoney } from "../money/format-money.ts";
import { present } from "../present.ts";
import { fieldOf, fieldsOf, numberOf, textOf } from "../untrusted.ts";

/** Fields of the data of the template payment-error. */
export interface RunFacts {
  readonly workflowId: string;
  readonly runId: string;
  /** The id at Stripe, or the address if there is no customer yet. */
  readonly customer?: string;
  readonly amount?: string;
}

/** `intent` is the run's payment intent at Stripe, if it is known: only it says in which currency the amount is. */
export function runFacts({ workflowId, runId, input, steps }: RunContext, intent?: unknown): RunFacts {
  const given = fieldsOf(input);
  const customer =
    outputOf(steps, "customerId") ??
    [given.customerId, given.customerEmail, given.email].map(textOf).find((text) => text !== undefined);
  const amount = numberOf(fieldOf(intent, "amount")) ?? numberOf(given.amount);
  const currency = textOf(fieldOf(intent, "currency")) ?? textOf(given.currency);
  return {
    workflowId,
    runId,
    ...present({ customer, amount: amount === undefined ? undefined : amountText(amount, currency) }),
  };
}

/** The payment intent that a step of the run has created. */
export function intentOfRun({ steps }: RunContext): string | undefined {
  return outputOf(steps, "paymentIntentId");
}

/** A currency is never guessed. */
function amountText(amount: number, currency: string | undefined): string {
  return currency !== undefined && isCurrency(currency)
    ? formatMoney({ amount, currency })
    : `${amount}, in the smallest unit of the currency`;
}

/** The field of this name in the output of the first step that has one. */
function outputOf(steps: unknown, name: string): string | undefined {
  return Object.values(fieldsOf(steps))
    .map((step) => textOf(fieldOf(step, "output", name)))
    .find((text) => text !== undefined);
}
