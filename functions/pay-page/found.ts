/** What a link leads to, as the page shows it. */
import type { Money } from "../../lib/money/format-money.ts";
import type { NextStep } from "../../lib/stripe/next-step.ts";
import type { LanguageFor, PageLanguage } from "./page-language.ts";
import type { PageState } from "./page-states.ts";

/** `card`: a card is saved, and nothing is charged. `trial`: the same, for the time after a trial. */
export type Kind = "payment" | "subscription" | "card" | "trial";

/** What the payer confirms on the page: a payment intent, or a setup intent. */
export interface OpenIntent {
  readonly clientSecret: string;
  readonly isSetup: boolean;
}

/** When the page was opened, the deadline of the response (Unix milliseconds), and what its reader speaks. */
export interface Opening {
  readonly now: Date;
  readonly deadline: number;
  readonly languageFor: LanguageFor;
  /** Gets the id of what a valid link is for, before it is looked for. */
  readonly noteReference: (id: string) => void;
}

/** A fact with its label, in the language of the page. */
export interface Row {
  readonly label: string;
  readonly value: string;
}

export interface Summary {
  /** What is due now, or what was paid. Left out if only a card is saved. */
  readonly amount?: Money;
  readonly description?: string;
  /** Facts such as the plan, the end of a trial, and the next charge. */
  readonly rows: readonly Row[];
  readonly livemode: boolean;
}

/** The application's page that the payer goes to afterwards, and what it is told in addition to the status. */
export interface ReturnTo {
  readonly url: string;
  readonly ids: Readonly<Record<string, string>>;
  /** Whether a payment that its payer has finished is only authorized, and captured later. */
  readonly isCapturedLater: boolean;
}

export interface Found {
  readonly state: PageState;
  readonly kind: Kind;
  readonly language: PageLanguage;
  /** Left out if the link does not lead to anything, or no longer does. */
  readonly summary?: Summary;
  /** Left out if nothing is left to confirm. */
  readonly intent?: OpenIntent;
  /** The id that a payer can name in a question. */
  readonly reference?: string;
  /** What the intent waits for, if its payer has started to pay. */
  readonly step?: NextStep;
  /** When and how much is charged next, as a sentence. */
  readonly renewal?: string;
  readonly returnTo?: ReturnTo;
}
