/** What clients have seen: every call and its response. The checker reads it; nothing of the product writes it. */
import type { Fields } from "../../../lib/untrusted.ts";

/** A call as its client means it: every try of it has the same key and inputs. */
export interface Wish {
  readonly capability: string;
  readonly key: string;
  readonly inputs: Fields;
  readonly principal: string;
}

export interface Answer {
  readonly status: number;
  readonly body: Fields;
  readonly isReplayed: boolean;
}

export interface Try {
  readonly wish: Wish;
  /** Unix milliseconds of the world. */
  readonly at: number;
  /** Undefined if the function crashed: then the caller got a 502 or a 504 from API Gateway. */
  readonly answer: Answer | undefined;
}

export class History {
  readonly tries: Try[] = [];
  /** What clients expect of a world in which nothing fails, and did not get. */
  readonly disappointments: string[] = [];

  triesOf(wish: Wish): Try[] {
    return this.tries.filter((attempt) => attempt.wish === wish);
  }
}
