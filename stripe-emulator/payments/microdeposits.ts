/** Bank accounts that their owner proves with two small deposits. https://docs.stripe.com/payments/ach-direct-debit */
import type Stripe from "stripe";
import { invalidRequest } from "../protocol/errors.ts";
import type { Context } from "../state/context.ts";
import { declineIntent } from "./charge-intent.ts";
import { completeSetup, declineSetup } from "./confirm-setup.ts";
import { startDebit } from "./debit.ts";
import type { Decline } from "./decline.ts";
import { assertStatus } from "./intent.ts";
import { assertSetupStatus } from "./setup-intent.ts";

/** What the owner read in the bank statement: the two amounts in cents, or the code of one deposit. */
interface Proof {
  amounts?: number[];
  descriptor_code?: string;
}

const WAITING = new Set(["requires_action"]);
const RIGHT = ["32,45", "SM11AA"];
const ONE_TOO_MANY = ["10,11", "SM33CC"];

const TOO_MANY_ATTEMPTS: Decline = {
  code: "payment_method_microdeposit_verification_attempts_exceeded",
  message: "You have exceeded the number of allowed verification attempts.",
};

/** Verifies the account and debits it. Throws a 400 for a wrong proof, and a 402 when no attempt is left. */
export function verifyPaymentMicrodeposits(
  context: Context,
  intent: Stripe.PaymentIntent,
  proof: Proof,
): Stripe.PaymentIntent {
  assertStatus(intent, "verify the microdeposits of", WAITING);
  const method = methodToVerify(context, intent);
  if (isLastAttempt(proof))
    throw declineIntent(context, intent, method, TOO_MANY_ATTEMPTS, { charged: false });
  verify(context, method, proof);
  return startDebit(context, intent, method);
}

/** Verifies the account and saves it. Throws like {@link verifyPaymentMicrodeposits}. */
export function verifySetupMicrodeposits(
  context: Context,
  intent: Stripe.SetupIntent,
  proof: Proof,
): Stripe.SetupIntent {
  assertSetupStatus(intent, "verify the microdeposits of", WAITING);
  const method = methodToVerify(context, intent);
  if (isLastAttempt(proof)) throw declineSetup(context, intent, method, TOO_MANY_ATTEMPTS);
  verify(context, method, proof);
  return completeSetup(context, intent, method, false);
}

function methodToVerify(
  { store }: Context,
  { next_action: action, payment_method: method }: Stripe.PaymentIntent | Stripe.SetupIntent,
): Stripe.PaymentMethod {
  if (action?.type === "verify_with_microdeposits") return store.get("payment_method", String(method));
  throw invalidRequest("This intent does not wait for the verification of a bank account.");
}

function isLastAttempt(proof: Proof): boolean {
  return ONE_TOO_MANY.includes(textOf(proof));
}

function verify(context: Context, method: Stripe.PaymentMethod, proof: Proof): void {
  const { amounts, descriptor_code: code } = proof;
  if ((amounts === undefined) === (code === undefined)) {
    throw invalidRequest(
      "You must provide either amounts or descriptor_code.",
      "parameter_missing",
      "amounts",
    );
  }
  if (!RIGHT.includes(textOf(proof))) {
    throw amounts === undefined
      ? invalidRequest(
          "The descriptor code does not match the one that was sent to the bank account.",
          "payment_method_microdeposit_verification_descriptor_code_mismatch",
          "descriptor_code",
        )
      : invalidRequest(
          "The amounts provided do not match the amounts that were sent to the bank account.",
          "payment_method_microdeposit_verification_amounts_mismatch",
          "amounts",
        );
  }
  context.store.cardsOnFile.set(method.id, { testCard: method.type, setUp: true });
}

function textOf({ amounts, descriptor_code: code = "" }: Proof): string {
  return amounts === undefined ? code : amounts.toSorted((a, b) => a - b).join();
}
