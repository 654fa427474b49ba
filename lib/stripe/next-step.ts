/**
 * What a payment in `requires_action` waits for: Stripe's next action, in the words of this product. Some steps take days,
 * and the payer may have done them already: a payer who pays again pays twice. Pure.
 * https://docs.stripe.com/api/payment_intents/object#payment_intent_object-next_action
 */
import type { Money } from "../money/format-money.ts";
import { present } from "../present.ts";
import { type Fields, fieldOf, fieldsOf, listOf, numberOf, textOf } from "../untrusted.ts";

/**
 * `in-page`: Stripe.js handles it where the payer pays, such as 3D Secure in a dialog. `redirect`: at the bank, at once.
 * `other`: a kind that Stripe has added since.
 */
export type StepKind =
  | "in-page"
  | "redirect"
  | "voucher"
  | "transfer"
  | "microdeposits"
  | "scan"
  | "approval"
  | "other";

/** Names of facts that a payer needs to pay elsewhere, as Stripe names its fields. */
const DETAIL_NAMES = [
  "entity",
  "number",
  "reference",
  "account_holder_name",
  "iban",
  "bic",
  "clabe",
  "account_number",
  "sort_code",
  "routing_number",
  "swift_code",
  "bank_name",
  "bank_code",
  "branch_name",
  "branch_code",
] as const;

/** A fact that a payer needs to pay elsewhere. */
export type StepDetail =
  | { readonly name: (typeof DETAIL_NAMES)[number]; readonly value: string }
  /** What is left to transfer. */
  | { readonly name: "amount"; readonly amount: Money }
  /** The code to pay with at a chain of shops. */
  | { readonly name: "store"; readonly store: string; readonly code: string; readonly confirmation?: string };

export interface NextStep {
  readonly kind: StepKind;
  /** Where Stripe or the bank shows what to do. */
  readonly url?: string;
  /** Unix seconds. */
  readonly expiresAt?: number;
  /** What the payer needs to pay elsewhere, such as the number of the voucher. */
  readonly details: readonly StepDetail[];
}

/** Undefined for a payment intent that does not wait for its payer. */
export function nextStepOf(intent: Fields): NextStep | undefined {
  if (intent.status !== "requires_action") return undefined;
  const type = textOf(fieldOf(intent.next_action, "type"));
  const kind = kindOf(type);
  const action = fieldsOf(fieldOf(intent.next_action, type ?? ""));
  return {
    kind,
    details: detailsOf(kind, action),
    ...present({ url: urlOf(action), expiresAt: expiryOf(action) }),
  };
}

/** Whether the payer may already have paid although the payment still waits, so that nobody may ask for it again. */
export function mayBePaidElsewhere({ kind }: NextStep): boolean {
  return kind !== "in-page" && kind !== "redirect";
}

/** Stripe names its next actions by what they do, so that most new ones are recognized, too. */
function kindOf(type: string | undefined): StepKind {
  switch (type) {
    case undefined:
    case "use_stripe_sdk":
      return "in-page";
    case "redirect_to_url":
      return "redirect";
    case "display_bank_transfer_instructions":
      return "transfer";
    case "verify_with_microdeposits":
      return "microdeposits";
    case "card_await_notification":
      return "approval";
  }
  if (type.endsWith("_display_details")) return "voucher";
  if (type.endsWith("display_qr_code")) return "scan";
  if (type.endsWith("_authorize")) return "approval";
  return /_handle_redirect$|_redirect_to_/.test(type) ? "redirect" : "other";
}

const URL_FIELDS = ["hosted_voucher_url", "hosted_instructions_url", "hosted_verification_url", "url"];

function urlOf(action: Fields): string | undefined {
  return URL_FIELDS.map((name) => textOf(action[name])).find((url) => url !== undefined && url !== "");
}

function expiryOf(action: Fields): number | undefined {
  const times = [action.expires_at, action.expires_after, fieldOf(action.qr_code, "expires_at")];
  return times.map(numberOf).find((time) => time !== undefined);
}

function detailsOf(kind: StepKind, action: Fields): StepDetail[] {
  switch (kind) {
    case "voucher":
      return [...named(action), ...storesOf(action)];
    case "transfer":
      return [...amountOf(action), ...named(action), ...accountsOf(action)];
    default:
      return [];
  }
}

function named(fields: Fields): StepDetail[] {
  return DETAIL_NAMES.flatMap((name) => {
    const value = textOf(fields[name]);
    return value === undefined || value === "" ? [] : [{ name, value }];
  });
}

/** The codes of a konbini voucher, by chain of shops. */
function storesOf({ stores }: Fields): StepDetail[] {
  return Object.entries(fieldsOf(stores)).flatMap(([store, codes]) => {
    const code = textOf(fieldOf(codes, "payment_code"));
    if (code === undefined) return [];
    const confirmation = textOf(fieldOf(codes, "confirmation_number"));
    return [{ name: "store", store, code, ...present({ confirmation }) }];
  });
}

/** A part may have been transferred already. */
function amountOf(action: Fields): StepDetail[] {
  const amount = numberOf(action.amount_remaining);
  const currency = textOf(action.currency);
  if (amount === undefined || !currency) return [];
  return [{ name: "amount", amount: { amount, currency } }];
}

function accountsOf(action: Fields): StepDetail[] {
  return listOf(action.financial_addresses).flatMap((address) =>
    named(fieldsOf(fieldOf(address, textOf(fieldOf(address, "type")) ?? ""))),
  );
}
