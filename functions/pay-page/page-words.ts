/** The words of a page by its state and by what its link is for, in the language of its reader. Pure. */
import type { Texts } from "../../generated/languages/pay-page.ts";
import type { Kind } from "./found.ts";
import type { PageState } from "./page-states.ts";

export interface Words {
  /** Title of the browser tab. */
  readonly title: string;
  readonly heading: string;
  /** Left out for the form, which speaks for itself. */
  readonly message?: string;
  /** Label of the link to the next step. */
  readonly next?: string;
}

type Changes = Partial<Record<PageState, Partial<Words>>>;

/** What the words of a payment say otherwise. */
function changesFor(kind: Kind, { subscription, card, trial }: Texts): Changes {
  switch (kind) {
    case "payment":
      return {};
    case "subscription":
      return subscription;
    case "card":
      return card;
    case "trial":
      return { ...card, ...trial };
  }
}

export function wordsOf(state: PageState, kind: Kind, texts: Texts): Words {
  return { ...texts.states[state], ...changesFor(kind, texts)[state] };
}

/** Whether nobody pays on the page: a card is saved, and nothing can be paid twice. */
export const isSaving = (kind: Kind) => kind === "card" || kind === "trial";

/** The words around the form. */
export function formWords(kind: Kind, { paying, saving, form }: Texts) {
  return {
    ...(isSaving(kind) ? saving : paying),
    /** What the card is for, where that is not the amount above it. */
    lead: kind === "card" ? form.cardLead : kind === "trial" ? form.trialLead : undefined,
  };
}
