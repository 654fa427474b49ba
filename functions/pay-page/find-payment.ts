/** Finds the payment that the token in a link is for, as it is at Stripe now. */
import type Stripe from "stripe";
import { Problem } from "../../lib/errors.ts";
import { openPayToken } from "../../lib/pay-link/pay-token.ts";
import { present } from "../../lib/present.ts";
import { appSecrets } from "../../lib/secrets/secrets.ts";
import { type NextStep, nextStepOf } from "../../lib/stripe/next-step.ts";
import { stripe } from "../../lib/stripe/stripe-client.ts";
import { withinDeadline } from "../../lib/stripe/stripe-deadline.ts";
import { stripeProblem } from "../../lib/stripe/stripe-problem.ts";
import { type PageState, stateOfIntent } from "./page-states.ts";

/** Timeout of one attempt; the SDK makes two. */
const STRIPE_TIMEOUT_MS = 4_000;
/** Reserved before the deadline, so that the payer still gets a page that reports the fault. */
const RESERVED_MS = 1_000;

export interface Payment {
  readonly paymentIntentId: string;
  readonly clientSecret: string;
  /** In the currency's smallest unit. */
  readonly amount: number;
  /** ISO 4217, lowercase. */
  readonly currency: string;
  readonly description: string | undefined;
  readonly livemode: boolean;
}

export interface FoundPayment {
  readonly state: PageState;
  /** Left out if the link does not lead to a payment, or no longer does. */
  readonly payment?: Payment;
  /** What the payment waits for, if its payer has started to pay. */
  readonly step?: NextStep;
}

/** Throws a Problem if Stripe or the secrets cannot be reached by `deadline` (Unix milliseconds). */
export async function findPayment(token: string, now: Date, deadline: number): Promise<FoundPayment> {
  const link = openPayToken(token, await appSecrets(), now);
  if (!link.ok) return { state: link.reason === "expired" ? "expired" : "unknown" };
  const intent = await retrieveIntent(link.objectId, deadline - RESERVED_MS);
  if (intent === undefined) return { state: "unknown" };
  const step = nextStepOf({ ...intent });
  return {
    state: stateOfIntent(intent.status, step?.kind),
    payment: paymentOf(intent),
    ...present({ step }),
  };
}

async function retrieveIntent(id: string, deadline: number): Promise<Stripe.PaymentIntent | undefined> {
  try {
    return await withinDeadline(deadline, async () =>
      (await stripe()).paymentIntents.retrieve(id, {}, { timeout: STRIPE_TIMEOUT_MS }),
    );
  } catch (thrown) {
    const problem = stripeProblem(thrown, { paymentIntentId: "intent" });
    // The request contains only an id: if Stripe refuses it, the id is not an intent of this account.
    if (problem?.code === "VALIDATION_FAILED" || problem?.code === "NOT_FOUND") return undefined;
    throw problem ?? thrown;
  }
}

function paymentOf(intent: Stripe.PaymentIntent): Payment {
  if (intent.client_secret === null) {
    throw new Problem("BAD_GATEWAY", "Stripe returned a payment intent without a client secret");
  }
  return {
    paymentIntentId: intent.id,
    clientSecret: intent.client_secret,
    amount: intent.amount,
    currency: intent.currency,
    description: intent.description ?? undefined,
    livemode: intent.livemode,
  };
}
