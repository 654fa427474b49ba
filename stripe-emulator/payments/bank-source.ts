/** Bank accounts that a customer has as legacy sources, with the id `ba_...`: verified first, then debited by charges. */
import type Stripe from "stripe";
import { invalidRequest, resourceMissing } from "../protocol/errors.ts";
import { newId } from "../protocol/ids.ts";
import type { Context } from "../state/context.ts";
import { previousAttributes } from "../state/emit-event.ts";
import { fingerprintOf } from "./card-details.ts";

/** The ready-made tokens of Stripe's test bank account, and whether it is verified already. */
const TOKENS: Readonly<Record<string, "new" | "verified">> = {
  btok_us: "new",
  btok_us_verified: "verified",
};

/** The amounts of the two test deposits, in cents. */
const DEPOSITS = "32,45";

export function isBankToken(token: string): boolean {
  return token.startsWith("btok_");
}

/** Gives the customer the bank account of a token: `customer.source.created`. Throws a 400 for an unknown token. */
export function addBankSource(
  context: Context,
  customer: string,
  token: string,
  { param, metadata }: { param: string; metadata?: Stripe.Metadata },
): Stripe.BankAccount {
  const status = Object.hasOwn(TOKENS, token) ? TOKENS[token] : undefined;
  if (status === undefined) throw resourceMissing("token", token, param, 400);
  const account = context.store.put("bank_account", {
    id: newId("ba"),
    object: "bank_account",
    account_holder_name: "Jane Austen",
    account_holder_type: "individual",
    account_type: null,
    bank_name: "STRIPE TEST BANK",
    country: "US",
    currency: "usd",
    customer,
    fingerprint: fingerprintOf("110000000000123456789"),
    last4: "6789",
    metadata: metadata ?? {},
    routing_number: "110000000",
    status,
  });
  context.emit("customer.source.created", account);
  return account;
}

/** The owner proves the account with the amounts of two deposits: `customer.source.updated`. Throws a 400 for wrong ones. */
export function verifyBankSource(
  context: Context,
  before: Stripe.BankAccount,
  amounts: readonly number[],
): Stripe.BankAccount {
  if (before.status !== "new") {
    throw invalidRequest(
      `This bank account cannot be verified: its status is ${before.status}.`,
      "status_transition_invalid",
    );
  }
  if (amounts.toSorted((a, b) => a - b).join() !== DEPOSITS) {
    throw invalidRequest(
      "The amounts provided do not match the amounts that were sent to the bank account.",
      "bank_account_verification_failed",
      "amounts",
    );
  }
  const after = context.store.patch("bank_account", before, { status: "verified" });
  context.emit("customer.source.updated", after, previousAttributes(before, after));
  return after;
}

/** The payment method for a charge of the account. Throws a 400 for an account that is not verified. */
export function methodOfBank(context: Context, account: Stripe.BankAccount): Stripe.PaymentMethod {
  if (account.status !== "verified") {
    throw invalidRequest(
      `The bank account ${account.id} must be verified before it can be charged.`,
      "bank_account_unverified",
      "source",
    );
  }
  return {
    id: account.id,
    object: "payment_method",
    allow_redisplay: "unspecified",
    billing_details: {
      ...{ address: null, email: null, name: account.account_holder_name, phone: null, tax_id: null },
    },
    created: context.clock.now(),
    customer: String(account.customer),
    customer_account: null,
    livemode: false,
    metadata: account.metadata ?? {},
    type: "us_bank_account",
    us_bank_account: {
      account_holder_type: account.account_holder_type,
      account_type: account.account_type,
      bank_name: account.bank_name,
      financial_connections_account: null,
      fingerprint: account.fingerprint,
      last4: account.last4,
      networks: null,
      routing_number: account.routing_number,
      status_details: null,
    },
  };
}
