/**
 * Payment methods with which a payment waits in `requires_action`, some of them for days, until the customer has paid
 * elsewhere: vouchers, bank transfers, microdeposits, apps. What each waits for is its next action:
 * https://docs.stripe.com/api/payment_intents/object#payment_intent_object-next_action
 */
import type Stripe from "stripe";
import { newId } from "../protocol/ids.ts";
import type { Context } from "../state/context.ts";
import { chargeIntent, declineIntent } from "./confirm-intent.ts";
import { assertStatus } from "./intent.ts";
import { invoiceActionRequired } from "./settle-invoice.ts";

type NextAction = Stripe.PaymentIntent.NextAction;

const DAY = 24 * 60 * 60;
const CONFIRMABLE = new Set(["requires_payment_method", "requires_confirmation", "requires_action"]);

const nobodysAddress = { city: "A", country: "US", line1: "1", line2: null, postal_code: "1", state: null };

/** By the payment method's type. `page` is where the customer finds the instructions. */
const NEXT_ACTIONS = {
  oxxo: (page: string, now: number) => ({
    type: "oxxo_display_details",
    oxxo_display_details: {
      expires_after: now + 3 * DAY,
      hosted_voucher_url: page,
      number: "12345678901234657890123456789012",
    },
  }),
  multibanco: (page: string, now: number) => ({
    type: "multibanco_display_details",
    multibanco_display_details: {
      entity: "11249",
      expires_at: now + 7 * DAY,
      hosted_voucher_url: page,
      reference: "999999999",
    },
  }),
  boleto: (page: string, now: number) => ({
    type: "boleto_display_details",
    boleto_display_details: {
      expires_at: now + 3 * DAY,
      hosted_voucher_url: page,
      number: "01010101010101010101010101010101010101010101010",
      pdf: `${page}/pdf`,
    },
  }),
  konbini: (page: string, now: number) => ({
    type: "konbini_display_details",
    konbini_display_details: {
      expires_at: now + 3 * DAY,
      hosted_voucher_url: page,
      stores: {
        familymart: { confirmation_number: "400008", payment_code: "123456" },
        lawson: { confirmation_number: "400008", payment_code: "654321" },
        ministop: null,
        seicomart: null,
      },
    },
  }),
  customer_balance: (page: string, _now: number, intent: Stripe.PaymentIntent) => ({
    type: "display_bank_transfer_instructions",
    display_bank_transfer_instructions: {
      amount_remaining: intent.amount,
      currency: intent.currency,
      financial_addresses: [
        {
          type: "iban",
          supported_networks: ["sepa"],
          iban: {
            account_holder_address: nobodysAddress,
            account_holder_name: "Stripe Technology Europe Limited",
            bank_address: nobodysAddress,
            bic: "SOGEDEFFXXX",
            country: "DE",
            iban: "DE11243461640596326015",
          },
        },
      ],
      hosted_instructions_url: page,
      reference: "7BX8A3CQJ9BC",
      type: "eu_bank_transfer",
    },
  }),
  us_bank_account: (page: string, now: number) => ({
    type: "verify_with_microdeposits",
    verify_with_microdeposits: {
      arrival_date: now + 2 * DAY,
      hosted_verification_url: page,
      microdeposit_type: "descriptor_code",
    },
  }),
  pix: (page: string, now: number) => ({
    type: "pix_display_qr_code",
    pix_display_qr_code: {
      data: "00020126",
      expires_at: now + DAY / 24,
      hosted_instructions_url: page,
      image_url_png: `${page}/png`,
      image_url_svg: `${page}/svg`,
    },
  }),
  blik: () => ({ type: "blik_authorize", blik_authorize: {} }),
  ideal: (page: string) => ({
    type: "redirect_to_url",
    redirect_to_url: { return_url: null, url: page },
  }),
} as const satisfies Record<string, (page: string, now: number, intent: Stripe.PaymentIntent) => NextAction>;

export type WaitingMethod = keyof typeof NEXT_ACTIONS;

export const WAITING_METHODS: readonly WaitingMethod[] = Object.keys(NEXT_ACTIONS).filter(isWaitingMethod);

export function isWaitingMethod(name: string): name is WaitingMethod {
  return Object.hasOwn(NEXT_ACTIONS, name);
}

/** Confirms the intent with a method for which it then waits. `nextAction` replaces what the method waits for. */
export function startWaiting(
  context: Context,
  intent: Stripe.PaymentIntent,
  name: WaitingMethod,
  nextAction: NextAction | undefined,
): Stripe.PaymentIntent {
  assertStatus(intent, "confirm", CONFIRMABLE);
  const method = storeMethod(context, name);
  const page = `${context.origin}/_emulator/instructions/${intent.id}`;
  const waiting = context.store.patch("payment_intent", intent, {
    status: "requires_action",
    payment_method: method.id,
    last_payment_error: null,
    next_action: nextAction ?? NEXT_ACTIONS[name](page, context.clock.now(), intent),
  });
  context.emit("payment_intent.requires_action", waiting);
  invoiceActionRequired(context, waiting);
  return waiting;
}

/** The customer has paid elsewhere, or has let the time pass. Throws a 402 for an expired payment. */
export function endWaiting(
  context: Context,
  intent: Stripe.PaymentIntent,
  isPaid: boolean,
): Stripe.PaymentIntent {
  assertStatus(intent, "settle", new Set(["requires_action"]));
  const method = context.store.get("payment_method", String(intent.payment_method), "payment_method");
  const ready = context.store.patch("payment_intent", intent, { next_action: null });
  if (isPaid) return chargeIntent(context, ready, method, { kind: "succeeds" }, false);
  const expired = {
    code: "payment_intent_payment_attempt_expired",
    message: "The latest payment attempt for the PaymentIntent has expired.",
  };
  throw declineIntent(context, ready, method, expired, { charged: false });
}

function storeMethod(context: Context, type: WaitingMethod): Stripe.PaymentMethod {
  return context.store.put("payment_method", {
    id: newId("pm"),
    object: "payment_method",
    allow_redisplay: "unspecified",
    billing_details: { address: null, email: null, name: null, phone: null, tax_id: null },
    created: context.clock.now(),
    customer: null,
    customer_account: null,
    livemode: false,
    metadata: {},
    type,
  });
}
