import type { Inputs } from "../../generated/capabilities/stripe-create-checkout-session.ts";
import { invalidFields } from "../../lib/errors.ts";
import { IssueList } from "../../lib/issue-list.ts";
import { checkAmount } from "../../lib/money/check-amount.ts";
import { isCurrency } from "../../lib/money/currencies.ts";
import { checkReturnUrl } from "../../lib/pay-link/return-url.ts";
import { refuseOwnMetadata } from "../../lib/stripe/own-metadata.ts";
import { stripeMetadata } from "../../lib/stripe/stripe-metadata.ts";

/** Stripe's limits. */
const MAX_TRIAL_DAYS = 730;
const MAX_LINES = { payment: 100, subscription: 20 } as const;

/**
 * Throws VALIDATION_FAILED, at the field, for what does not belong to the mode, for an amount or metadata that Stripe would refuse,
 * and for a page that payers may not be sent to.
 */
export function checkInputs(inputs: Inputs): void {
  const issues = new IssueList();
  if (inputs.mode === "setup") checkSetup(inputs, issues);
  else if (inputs.mode === "payment") checkPayment(inputs, issues);
  else checkSubscription(inputs, issues);
  if (!issues.isEmpty) throw invalidFields(issues);
  refuseOwnMetadata(inputs.metadata);
  stripeMetadata(inputs.metadata);
  checkReturnUrl(inputs.successUrl, "successUrl");
  checkReturnUrl(inputs.cancelUrl, "cancelUrl");
}

function checkSetup({ currency, ...inputs }: Inputs, issues: IssueList): void {
  refuseOthers(inputs, ["lines", "amount", "description", "trialDays", "allowSecond"], issues);
  if (inputs.promotionCodes) issues.add("promotionCodes", "is not possible: nothing is paid");
  if (currency !== undefined && !isCurrency(currency))
    issues.add("currency", 'must be a currency that Stripe supports, such as "usd"');
}

function checkPayment(inputs: Inputs, issues: IssueList): void {
  const { lines, amount, currency } = inputs;
  refuseOthers(inputs, ["trialDays", "allowSecond"], issues);
  if (lines !== undefined) {
    for (const name of ["amount", "currency", "description"] as const)
      if (inputs[name] !== undefined) issues.add(name, "must be left out with lines: the prices say it");
    checkLines(lines, MAX_LINES.payment, issues);
    return;
  }
  if (amount === undefined) issues.add("lines", "is required, or amount and currency");
  else if (currency === undefined) issues.add("currency", "is required with amount");
  else for (const { path, message } of checkAmount(amount, currency)) issues.add(path, message);
}

function checkSubscription(inputs: Inputs, issues: IssueList): void {
  const { lines, trialDays } = inputs;
  refuseOthers(inputs, ["amount", "currency", "description"], issues);
  if (lines === undefined) issues.add("lines", "is required to subscribe");
  else checkLines(lines, MAX_LINES.subscription, issues);
  const isPossible =
    trialDays === undefined || (Number.isInteger(trialDays) && trialDays >= 1 && trialDays <= MAX_TRIAL_DAYS);
  if (!isPossible)
    issues.add(
      "trialDays",
      `must be a whole number of days from 1 to ${MAX_TRIAL_DAYS}; leave it out for no trial`,
    );
}

function checkLines(lines: NonNullable<Inputs["lines"]>, most: number, issues: IssueList): void {
  if (lines.length === 0) issues.add("lines", "must have a line");
  if (lines.length > most) issues.add("lines", `may have at most ${most} lines`);
}

function refuseOthers(inputs: Inputs, names: readonly (keyof Inputs)[], issues: IssueList): void {
  for (const name of names)
    if (inputs[name] !== undefined) issues.add(name, `must be left out in the mode ${inputs.mode}`);
}
