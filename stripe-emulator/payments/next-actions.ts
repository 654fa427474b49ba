/**
 * What a payment waits for in `requires_action`, by the method's type: vouchers, microdeposits, apps.
 * https://docs.stripe.com/api/payment_intents/object#payment_intent_object-next_action
 */
import type Stripe from "stripe";

type NextAction = Stripe.PaymentIntent.NextAction;

const DAY = 24 * 60 * 60;

const nobodysAddress = { city: "A", country: "US", line1: "1", line2: null, postal_code: "1", state: null };

/** By the payment method's type. `page` is where the customer finds the instructions. */
const NEXT_ACTIONS = {
  oxxo: (page: string, now: number, { payment_method_options: options }: Stripe.PaymentIntent) => ({
    type: "oxxo_display_details",
    oxxo_display_details: {
      expires_after: now + (options?.oxxo?.expires_after_days ?? 3) * DAY,
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
      amount_remaining: intent.amount - intent.amount_received,
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

/** What the payment waits for. `page` is where the customer finds the instructions. */
export function nextActionOf(
  name: WaitingMethod,
  page: string,
  now: number,
  intent: Stripe.PaymentIntent,
): NextAction {
  return NEXT_ACTIONS[name](page, now, intent);
}

export const WAITING_METHODS: readonly WaitingMethod[] = Object.keys(NEXT_ACTIONS).filter(isWaitingMethod);

export function isWaitingMethod(name: string): name is WaitingMethod {
  return Object.hasOwn(NEXT_ACTIONS, name);
}
