/** Stripe's test bank accounts: what a debit of each does. https://docs.stripe.com/testing#non-card-payments */
import type Stripe from "stripe";
import type { Decline } from "./decline.ts";

export interface DebitOutcome {
  /** Seconds from the confirmation; undefined when the bank never decides. */
  readonly after: number | undefined;
  readonly result: "paid" | "disputed" | Decline;
}

const MINUTE = 60;
const LATER = 3 * MINUTE;

function failed(code: string, message: string): Decline {
  return { code, message };
}

const insufficientFunds = failed(
  "insufficient_funds",
  "The account has insufficient funds to cover this payment.",
);

/** By the last digits of the account. */
const BY_US_ACCOUNT: Readonly<Record<string, DebitOutcome>> = {
  "0009": { after: undefined, result: "paid" },
  "1113": { after: MINUTE, result: failed("account_closed", "The bank account has been closed.") },
  "1116": { after: MINUTE, result: failed("no_account", "The bank account could not be located.") },
  "2227": { after: MINUTE, result: insufficientFunds },
  "3335": {
    after: MINUTE,
    result: failed(
      "debit_not_authorized",
      "The customer has notified their bank that this payment was unauthorized.",
    ),
  },
  "4440": {
    after: MINUTE,
    result: failed("bank_account_restricted", "The bank account cannot be debited in this currency."),
  },
  "5559": { after: MINUTE, result: "disputed" },
  "7771": {
    after: MINUTE,
    result: failed("charge_exceeds_source_limit", "The payment exceeds the weekly limit of the account."),
  },
};

const sepaFailure = failed(
  "refer_to_customer",
  "The customer's bank declined the payment. Ask the customer to contact it.",
);

const BY_IBAN: Readonly<Record<string, DebitOutcome>> = {
  "3204": { after: LATER, result: "paid" },
  "3003": { after: LATER, result: "paid" },
  "3202": { after: MINUTE, result: sepaFailure },
  "3001": { after: MINUTE, result: sepaFailure },
  "3205": { after: LATER, result: sepaFailure },
  "3004": { after: LATER, result: sepaFailure },
  "3203": { after: MINUTE, result: "disputed" },
  "3002": { after: MINUTE, result: "disputed" },
  "2227": { after: MINUTE, result: insufficientFunds },
  "3434": {
    after: MINUTE,
    result: failed(
      "charge_exceeds_source_limit",
      "The payment exceeds the volume limit of the bank account.",
    ),
  },
  "1212": {
    after: MINUTE,
    result: failed(
      "charge_exceeds_transaction_limit",
      "The payment exceeds the limit of the account for one payment.",
    ),
  },
};

/** When and how the bank decides about a debit. Accounts that are not in the tables pay after a minute. */
export function debitOutcomeOf(method: Stripe.PaymentMethod): DebitOutcome {
  const { us_bank_account: us, sepa_debit: sepa } = method;
  return BY_US_ACCOUNT[us?.last4 ?? ""] ?? BY_IBAN[sepa?.last4 ?? ""] ?? { after: MINUTE, result: "paid" };
}

/** Ready-made bank accounts, by their names; each has been verified. */
const US_ACCOUNTS: Readonly<Record<string, string>> = {
  pm_usBankAccount: "000123456789",
  pm_usBankAccount_success: "000123456789",
  pm_usBankAccount_accountClosed: "000111111113",
  pm_usBankAccount_noAccount: "000111111116",
  pm_usBankAccount_insufficientFunds: "000222222227",
  pm_usBankAccount_debitNotAuthorized: "000333333335",
  pm_usBankAccount_invalidCurrency: "000444444440",
  pm_usBankAccount_dispute: "000555555559",
  pm_usBankAccount_processing: "000000000009",
  pm_usBankAccount_weeklyLimitExceeded: "000777777771",
};

const IBANS: Readonly<Record<string, string>> = {
  pm_success_at: "AT611904300234573201",
  pm_successDelayed_at: "AT321904300235473204",
  pm_failed_at: "AT861904300235473202",
  pm_failedDelayed_at: "AT051904300235473205",
  pm_disputed_at: "AT591904300235473203",
  pm_success_de: "DE89370400440532013000",
  pm_successDelayed_de: "DE08370400440532013003",
  pm_failed_de: "DE62370400440532013001",
  pm_failedDelayed_de: "DE78370400440532013004",
  pm_disputed_de: "DE35370400440532013002",
};

/** The type and the details of a ready-made bank account, or undefined for another name. */
export function testBankByName(
  name: string,
): { type: "us_bank_account" | "sepa_debit"; details: Record<string, string> } | undefined {
  const account = Object.hasOwn(US_ACCOUNTS, name) ? US_ACCOUNTS[name] : undefined;
  if (account !== undefined) {
    return { type: "us_bank_account", details: { account_number: account, routing_number: "110000000" } };
  }
  const iban = Object.hasOwn(IBANS, name) ? IBANS[name] : undefined;
  return iban === undefined ? undefined : { type: "sepa_debit", details: { iban } };
}
