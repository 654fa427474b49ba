/** The states of the pay page: the words and the HTTP status of each. Pure. */
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

export interface Words {
  readonly httpStatus: number;
  /** Title of the browser tab. */
  readonly title: string;
  readonly heading: string;
  readonly message: string;
  /** Chooses the sign above the heading: a tick, a clock, or an exclamation mark. */
  readonly sign: "done" | "waiting" | "notice";
  /** Label of the link to the next step. */
  readonly next?: string;
}

export const PAGE_STATES = {
  payable: {
    httpStatus: 200,
    title: "Secure payment",
    heading: "Payment details",
    message: "",
    sign: "waiting",
  },
  redirect: {
    httpStatus: 200,
    title: "Payment not finished",
    heading: "Your payment is not finished",
    message:
      "Your bank or payment app waits for you to confirm it. If you have just done that, wait a moment: " +
      "this page follows along.",
    sign: "waiting",
    next: "Continue",
  },
  voucher: {
    httpStatus: 200,
    title: "Waiting for your payment",
    heading: "Your voucher is ready to be paid",
    message:
      "Pay it with these details. After that, it can take some days until the payment arrives; please do not pay again.",
    sign: "waiting",
    next: "Open the voucher",
  },
  transfer: {
    httpStatus: 200,
    title: "Waiting for your bank transfer",
    heading: "Waiting for your bank transfer",
    message:
      "Transfer the amount with exactly this reference. If you have done that, it can take some days until the " +
      "money arrives; please do not pay again.",
    sign: "waiting",
    next: "Open the instructions",
  },
  microdeposits: {
    httpStatus: 200,
    title: "Verify your bank account",
    heading: "Verify your bank account",
    message:
      "A small deposit is on its way to your account. When it has arrived, enter what your statement shows. " +
      "Your payment then continues; please do not pay again.",
    sign: "waiting",
    next: "Verify the account",
  },
  scan: {
    httpStatus: 200,
    title: "Finish in your app",
    heading: "Finish your payment in your app",
    message:
      "Open the code and confirm the payment in your app. If you have done that, please do not pay again.",
    sign: "waiting",
    next: "Open the code",
  },
  approval: {
    httpStatus: 200,
    title: "Confirm in your app",
    heading: "Confirm the payment in your bank's app",
    message: "If you have done that, please do not pay again. This page follows along.",
    sign: "waiting",
  },
  waiting: {
    httpStatus: 200,
    title: "Payment not complete",
    heading: "Your payment is not complete yet",
    message:
      "Follow the instructions that you got when you started it. If you have done that, please do not pay again. " +
      "If you need help, ask the sender of the link.",
    sign: "waiting",
    next: "Open the instructions",
  },
  processing: {
    httpStatus: 200,
    title: "Payment in progress",
    heading: "Your payment is being processed",
    message: "Your bank is still confirming it. This page follows along; please do not pay again.",
    sign: "waiting",
  },
  paid: {
    httpStatus: 200,
    title: "Payment received",
    heading: "Payment received",
    message: "Thank you. This payment is complete and nothing more is due.",
    sign: "done",
  },
  canceled: {
    httpStatus: 410,
    title: "Payment canceled",
    heading: "This payment was canceled",
    message:
      "It can no longer be paid, and nothing was charged. Please ask the sender if you expected to pay.",
    sign: "notice",
  },
  "nothing-due": {
    httpStatus: 200,
    title: "Nothing to pay",
    heading: "There is nothing to pay here now",
    message: "If you expected to pay, please ask the sender of the link.",
    sign: "notice",
  },
  expired: {
    httpStatus: 410,
    title: "Link expired",
    heading: "This payment link has expired",
    message:
      "Please ask the sender of the mail for a new link. If you have paid already, nothing more is due.",
    sign: "notice",
  },
  unknown: {
    httpStatus: 404,
    title: "Link not valid",
    heading: "This payment link is not valid",
    message:
      "Please open the link from the mail again, or copy the whole of it: a part may be missing. " +
      "Never enter card details on a page you did not expect.",
    sign: "notice",
  },
  unavailable: {
    httpStatus: 503,
    title: "Temporarily unavailable",
    heading: "This payment cannot be shown right now",
    message:
      "The fault is on our side. Opening this page charged nothing; please try again in a few minutes.",
    sign: "notice",
  },
} as const satisfies Record<PageState, Words>;

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
