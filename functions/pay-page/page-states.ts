/** The states of the pay page: the words and the HTTP status of each. Pure. */
import type Stripe from "stripe";

export type PageState =
  | "payable"
  | "processing"
  | "paid"
  | "canceled"
  | "expired"
  | "unknown"
  | "unavailable";

interface Words {
  readonly httpStatus: number;
  /** Title of the browser tab. */
  readonly title: string;
  readonly heading: string;
  readonly message: string;
  /** Chooses the sign above the heading: a tick, a clock, or an exclamation mark. */
  readonly sign: "done" | "waiting" | "notice";
}

export const PAGE_STATES = {
  payable: {
    httpStatus: 200,
    title: "Secure payment",
    heading: "Payment details",
    message: "",
    sign: "waiting",
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
    message: "Thank you. This payment is complete and nothing more is due. You can close this page.",
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

/** Whether the payment can still change while its page is open. */
export function isLive(state: PageState): boolean {
  return state === "payable" || state === "processing";
}

/** Source of the statuses: https://docs.stripe.com/payments/paymentintents/lifecycle */
export function stateOfIntent(status: Stripe.PaymentIntent["status"]): PageState {
  switch (status) {
    case "requires_payment_method":
    case "requires_confirmation":
    case "requires_action":
      return "payable";
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
