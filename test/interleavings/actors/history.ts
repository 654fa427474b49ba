/** What clients have seen: every call and its response. The checker reads it; nothing of the product writes it. */
import type { Fields } from "../../../lib/untrusted.ts";

/** A call as its client means it: every try of it has the same key and inputs. */
export interface Wish {
  readonly capability: string;
  readonly key: string;
  readonly inputs: Fields;
  readonly principal: string;
  /** What the final answer must be, if the client knows. */
  readonly expected?: "success" | "refusal";
}

export interface Answer {
  readonly status: number;
  readonly body: Fields;
  readonly isReplayed: boolean;
}

export interface Try {
  readonly wish: Wish;
  /** Lambda's id of the invocation. */
  readonly requestId: string;
  /** Undefined if the function crashed: then the caller got a 502 or a 504 from API Gateway. */
  readonly answer: Answer | undefined;
}

/** A payment as its payer and its shop see it. Amounts in cents. */
export interface WantedPayment {
  readonly paymentIntent: string;
  /** What is to be taken. */
  readonly amount: number;
  readonly email: string | undefined;
}

export class History {
  readonly tries: Try[] = [];
  readonly payments: WantedPayment[] = [];
  /** Emails of the persons who were made customers. */
  readonly persons = new Set<string>();
  /** By identifier. */
  readonly usage = new Map<string, { readonly customer: string; readonly quantity: number }>();
  /** The ids of the events that are not Stripe's, or not for this stage. */
  readonly foreignEvents: string[] = [];
  /** The ids of events for which the webhook has answered 200, with the time of the answer. */
  readonly accepted: { readonly eventId: string; readonly at: number }[] = [];
}
