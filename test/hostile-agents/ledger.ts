/** What agents have wanted, and what they were told. The checker reads it; nothing of the product writes it. */
import { canonicalJson } from "../../lib/canonical-json.ts";
import type { Fields } from "../../lib/untrusted.ts";

export const PAY = "stripe-create-payment-intent";
export const REFUND = "stripe-refund-payment";
export const CANCEL = "stripe-cancel-payment-intent";

/** What one principal wants once: the same for every call with the same tool, arguments and reference. */
export interface Intent {
  readonly principal: string;
  readonly tool: string;
  readonly input: Fields;
  readonly reference: string | undefined;
  /** Everything that a call of it has returned. */
  readonly results: ToolResult[];
}

export type ToolResult =
  | { readonly kind: "success"; readonly outputs: Fields }
  | {
      readonly kind: "problem";
      readonly code: string;
      readonly detail: string;
      readonly approvalId: string | undefined;
    }
  /** Refused by the protocol, or without a response. */
  | { readonly kind: "none"; readonly why: string };

export class Ledger {
  readonly #intents = new Map<string, Intent>();
  /** What the function of the tools must never have sent. */
  readonly wrongResponses: string[] = [];
  /** The number of calls of tools. */
  calls = 0;

  get intents(): readonly Intent[] {
    return [...this.#intents.values()];
  }

  intend(principal: string, tool: string, input: Fields, reference?: string): Intent {
    const id = canonicalJson([principal, tool, withCurrency(tool, input), reference ?? null]);
    const intent = this.#intents.get(id) ?? { principal, tool, input, reference, results: [] };
    this.#intents.set(id, intent);
    return intent;
  }
}

/** A payment without a currency is one in US dollars. */
const withCurrency = (tool: string, input: Fields): Fields =>
  tool === PAY ? { currency: "usd", ...input } : input;
