/** The sealed answer of a call that is stored for its idempotency key: outputs, or the refusal of a payment. Pure. */

import type { PayloadContract } from "../contract/payload-contract.ts";
import { Problem } from "../errors.ts";
import { present } from "../present.ts";
import type { Sealer } from "../sealing/sealing.ts";
import { fieldOf, fieldsOf, textOf } from "../untrusted.ts";

interface Refusal {
  readonly message: string;
  readonly declineCode?: string;
}

export type StoredAnswer = { readonly outputs: unknown } | { readonly refusal: Refusal };

/** The stored refusal of a payment. */
export function storedRefusal({ message, declineCode }: Problem): StoredAnswer {
  return { refusal: { message, ...present({ declineCode }) } };
}

/** `claimId` binds the answer to its idempotency key: moved to another item, it does not open. */
export function sealAnswer(answer: StoredAnswer, claimId: string, sealer: Sealer): string {
  return sealer.seal(answer, answerContext(claimId));
}

/**
 * The stored outputs. Throws PAYMENT_REQUIRED, marked as replayed, for a stored refusal, and CONFLICT for outputs that
 * do not fit the current contract.
 */
export function replayAnswer<T>(
  sealedAnswer: string,
  claimId: string,
  sealer: Sealer,
  contract: PayloadContract<T>,
): T {
  const stored = sealer.open(sealedAnswer, answerContext(claimId));
  const refusal = refusalIn(stored);
  if (refusal !== undefined) {
    const { message, declineCode } = refusal;
    throw new Problem("PAYMENT_REQUIRED", message, {
      replayed: true,
      ...present({ declineCode }),
    });
  }
  const checked = contract.check(fieldOf(stored, "outputs"));
  if (!checked.ok) {
    throw new Problem("CONFLICT", "The stored answer is from an older contract; send a new Idempotency-Key");
  }
  return checked.value;
}

function refusalIn(stored: unknown): Refusal | undefined {
  const { message, declineCode } = fieldsOf(fieldOf(stored, "refusal"));
  if (message === undefined) return undefined;
  return { message: String(message), ...present({ declineCode: textOf(declineCode) }) };
}

const answerContext = (claimId: string) => `idempotency:${claimId}`;
