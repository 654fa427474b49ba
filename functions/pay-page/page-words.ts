/** The words of a page by its state and by what its link is for. Pure. */
import type { Kind } from "./found.ts";
import { PAGE_STATES, type PageState, type Words } from "./page-states.ts";

type Changed = Partial<Omit<Words, "httpStatus" | "sign">>;

/** Where a card is saved, nobody pays, and nothing can be paid twice. */
const CARD: Partial<Record<PageState, Changed>> = {
  payable: { title: "Save your card", heading: "Card details" },
  redirect: {
    title: "Card not saved yet",
    heading: "Your card is not saved yet",
    message:
      "Your bank waits for you to confirm it. If you have just done that, wait a moment: this page follows along.",
  },
  microdeposits: {
    message:
      "A small deposit is on its way to your account. When it has arrived, enter what your statement shows.",
  },
  approval: {
    heading: "Confirm it in your bank's app",
    message: "This page follows along. Nothing is charged.",
  },
  waiting: {
    title: "Not saved yet",
    heading: "Your payment method is not saved yet",
    message:
      "Follow the instructions that you got when you started. If you need help, ask the sender of the link.",
  },
  processing: {
    title: "In progress",
    heading: "Your payment method is being checked",
    message: "Your bank is still confirming it. This page follows along. Nothing is charged.",
  },
  paid: {
    title: "Card saved",
    heading: "Your card is saved",
    message: "Thank you. Nothing was charged. You can close this page.",
  },
  canceled: {
    title: "Request canceled",
    heading: "This request was canceled",
    message:
      "Your card was not saved, and nothing was charged. Please ask the sender if you expected to save it.",
  },
};

const BY_KIND: Readonly<Record<Kind, Partial<Record<PageState, Changed>>>> = {
  payment: {},
  subscription: {
    paid: {
      title: "Subscription paid",
      heading: "Payment received",
      message: "Thank you. Your subscription is active. You can close this page.",
    },
    canceled: {
      title: "Subscription ended",
      heading: "This subscription has ended",
      message:
        "It can no longer be paid, and nothing was charged. Please ask the sender if you expected to pay.",
    },
  },
  card: CARD,
  trial: {
    ...CARD,
    paid: {
      title: "Trial started",
      heading: "Your free trial is active",
      message: "Thank you. Nothing was charged today. You can close this page.",
    },
    canceled: {
      title: "Subscription ended",
      heading: "This subscription has ended",
      message: "Nothing was charged. Please ask the sender if you expected to save your card.",
    },
  },
};

export function wordsOf(state: PageState, kind: Kind): Words {
  return { ...PAGE_STATES[state], ...BY_KIND[kind][state] };
}

/** The words around the form, by what is confirmed in it. */
export interface FormWords {
  readonly loading: string;
  readonly busy: string;
  readonly otherWay: string;
  readonly promise: string;
}

export const FORM_WORDS: Readonly<Record<"payment" | "setup", FormWords>> = {
  payment: {
    loading: "Loading the secure card form…",
    busy: "Paying…",
    otherWay: "Pay another way",
    promise:
      "Card details are encrypted and go straight to Stripe, which processes this payment. We never see or store them.",
  },
  setup: {
    loading: "Loading the secure card form…",
    busy: "Saving…",
    otherWay: "Use another card",
    promise:
      "Card details are encrypted and go straight to Stripe, which keeps the card. We never see or store them.",
  },
};
