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
    message: "Thank you. Nothing was charged.",
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
      message: "Thank you. Your subscription is active.",
    },
    canceled: {
      title: "Subscription ended",
      heading: "This subscription has ended",
      message: "It can no longer be paid here. Please ask the sender of the link if you expected to pay.",
    },
  },
  card: CARD,
  trial: {
    ...CARD,
    paid: {
      title: "Trial started",
      heading: "Your free trial is active",
      message: "Thank you. Nothing was charged today.",
    },
    canceled: {
      title: "Subscription ended",
      heading: "This subscription has ended",
      message:
        "No card is needed for it any more. Please ask the sender of the link if you expected to save one.",
    },
  },
};

export function wordsOf(state: PageState, kind: Kind): Words {
  return { ...PAGE_STATES[state], ...BY_KIND[kind][state] };
}

/** The words around the form. */
export interface FormWords {
  /** What the card is for, where that is not the amount above it. */
  readonly lead?: string;
  readonly busy: string;
  readonly otherWay: string;
  readonly withoutIt: string;
  readonly promise: string;
}

const PAYING: FormWords = {
  busy: "Paying…",
  otherWay: "Pay another way",
  withoutIt: "without paying",
  promise:
    "Card details are encrypted and go straight to Stripe, which processes this payment. We never see or store them.",
};

const SAVING: FormWords = {
  busy: "Saving…",
  otherWay: "Use another card",
  withoutIt: "without saving a card",
  promise:
    "Card details are encrypted and go straight to Stripe, which keeps the card. We never see or store them.",
};

export const FORM_WORDS: Readonly<Record<Kind, FormWords>> = {
  payment: PAYING,
  subscription: PAYING,
  card: {
    ...SAVING,
    lead: "Nothing is charged now. The card is kept for later payments to the same business.",
  },
  trial: { ...SAVING, lead: "Nothing is charged today. The card is charged when the free trial ends." },
};
