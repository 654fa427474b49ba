/** The payer: pays with one of Stripe's test cards, as in a browser. */
import { invalidField } from "../../../lib/errors.ts";
import { fieldOf, textOf } from "../../../lib/untrusted.ts";
import type { ConsoleContext } from "../server/route.ts";
import { control, emulatorOf } from "./stack-control.ts";

export interface TestCard {
  /** Stripe's name of it. */
  readonly id: string;
  readonly about: string;
}

export const TEST_CARDS: readonly TestCard[] = [
  { id: "pm_card_visa", about: "is paid" },
  { id: "pm_card_visa_chargeDeclined", about: "is declined, without a reason" },
  { id: "pm_card_visa_chargeDeclinedInsufficientFunds", about: "is declined: insufficient funds" },
  { id: "pm_card_visa_chargeDeclinedLostCard", about: "is declined: lost card" },
  { id: "pm_card_visa_chargeDeclinedStolenCard", about: "is declined: stolen card" },
  { id: "pm_card_chargeDeclinedExpiredCard", about: "is declined: expired card" },
  { id: "pm_card_chargeDeclinedIncorrectCvc", about: "is declined: wrong security code" },
  { id: "pm_card_chargeDeclinedProcessingError", about: "is declined: processing error" },
  { id: "pm_card_visa_chargeDeclinedVelocityLimitExceeded", about: "is declined: too many payments" },
  { id: "pm_card_riskLevelHighest", about: "is blocked as fraudulent" },
  { id: "pm_card_authenticationRequired", about: "asks for authentication" },
  { id: "pm_card_createDispute", about: "is paid, and disputed as fraudulent" },
  { id: "pm_card_createDisputeProductNotReceived", about: "is paid, and disputed: not received" },
  { id: "pm_card_pendingRefund", about: "is paid; a refund is pending for a day" },
  { id: "pm_card_refundFail", about: "is paid; a refund fails" },
];

export interface PaidAs {
  /** Of the payment, such as `succeeded` or `requires_action`. */
  readonly status: string;
  /** Where the payer authenticates, at the emulator. */
  readonly authenticateAt?: string;
}

/** Throws PAYMENT_REQUIRED with Stripe's message if the card is declined, which is what some cards are for. */
export async function payAs(context: ConsoleContext, paymentIntent: string, card: unknown): Promise<PaidAs> {
  if (!TEST_CARDS.some(({ id }) => id === card))
    throw invalidField("card", `must be one of ${TEST_CARDS.map(({ id }) => id).join(", ")}`);
  const url = `${emulatorOf(context)}/_emulator/pay`;
  const paid = await control(url, { method: "POST", body: { paymentIntent, card } });
  const authenticateAt = textOf(fieldOf(paid, "next_action", "redirect_to_url", "url"));
  return {
    status: textOf(fieldOf(paid, "status")) ?? "unknown",
    ...(authenticateAt === undefined ? {} : { authenticateAt }),
  };
}
