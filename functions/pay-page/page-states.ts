/** The states of the pay page: the HTTP status and the sign of each. Pure. */
import type { StepKind } from "../../lib/stripe/next-step.ts";

export type PageState =
  | Exclude<StepKind, "in-page" | "other">
  | "payable"
  | "waiting"
  | "processing"
  | "paid"
  | "canceled"
  | "nothing-due"
  | "expired"
  | "unknown"
  | "unavailable";

interface StateFacts {
  readonly httpStatus: number;
  /** Chooses the sign above the heading: a tick, a clock, or an exclamation mark. */
  readonly sign: "done" | "waiting" | "notice";
}

/** Their words are in languages/, in the section pay-page. */
export const PAGE_STATES: Readonly<Record<PageState, StateFacts>> = {
  payable: { httpStatus: 200, sign: "waiting" },
  redirect: { httpStatus: 200, sign: "waiting" },
  voucher: { httpStatus: 200, sign: "waiting" },
  transfer: { httpStatus: 200, sign: "waiting" },
  microdeposits: { httpStatus: 200, sign: "waiting" },
  scan: { httpStatus: 200, sign: "waiting" },
  approval: { httpStatus: 200, sign: "waiting" },
  waiting: { httpStatus: 200, sign: "waiting" },
  processing: { httpStatus: 200, sign: "waiting" },
  paid: { httpStatus: 200, sign: "done" },
  canceled: { httpStatus: 410, sign: "notice" },
  "nothing-due": { httpStatus: 200, sign: "notice" },
  expired: { httpStatus: 410, sign: "notice" },
  unknown: { httpStatus: 404, sign: "notice" },
  unavailable: { httpStatus: 503, sign: "notice" },
};

const FINAL: readonly PageState[] = ["paid", "canceled", "nothing-due", "expired", "unknown", "unavailable"];

/** Whether the payment can still change while its page is open. */
export function isLive(state: PageState): boolean {
  return !FINAL.includes(state);
}

/**
 * Of a payment or a setup intent. `step` is the kind of step that an intent in `requires_action` waits for.
 * Source of the statuses: https://docs.stripe.com/payments/paymentintents/lifecycle
 */
export function stateOfIntent(status: string, step: StepKind = "in-page"): PageState {
  switch (status) {
    case "requires_payment_method":
    case "requires_confirmation":
      return "payable";
    case "requires_action":
      return stateOfStep(step);
    case "processing":
      return "processing";
    case "succeeded":
    // Authorised: the payer has nothing left to do, and the merchant collects later.
    case "requires_capture":
      return "paid";
    case "canceled":
      return "canceled";
    default:
      return "unavailable";
  }
}

function stateOfStep(step: StepKind): PageState {
  if (step === "in-page") return "payable";
  return step === "other" ? "waiting" : step;
}
