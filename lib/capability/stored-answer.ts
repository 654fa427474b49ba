/** What an idempotency key keeps of a call, sealed: its outputs, or the refusal of a payment. Pure. */

import type { PayloadContract } from "../contract/payload-contract.ts";
import { Problem } from "../errors.ts";
import { present } from "../present.ts";
import type { Sealer } from "../sealing/sealing.ts";

interface Refusal {
  readonly message: string;
  readonly declineCode?: string;
}

export type StoredAnswer = { readonly outputs: unknown } | { readonly refusal: Refusal };

/** The refusal that is kept of a refused payment. */
export function storedRefusal({ message, declineCode }: Problem): StoredAnswer {
  return { refusal: { message, ...present({ declineCode }) } };
}

/** `claimId` binds the answer to its key: moved to another item it does not open. */
export function sealAnswer(answer: StoredAnswer, claimId: string, sealer: Sealer): string {
  return sealer.seal(answer, answerContext(claimId));
}

/**
 * The outputs again. Throws PAYMENT_REQUIRED, marked as replayed, for a stored refusal, and CONFLICT for outputs that the
 * contract of today does not know.
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
  const checked = contract.check(outputsIn(stored));
  if (!checked.ok) {
    throw new Problem("CONFLICT", "The stored answer is of an older contract; send a new Idempotency-Key");
  }
  return checked.value;
}

function refusalIn(stored: unknown): Refusal | undefined {
  if (typeof stored !== "object" || stored === null || !("refusal" in stored)) return undefined;
  const { refusal } = stored;
  if (typeof refusal !== "object" || refusal === null || !("message" in refusal)) return undefined;
  const declineCode = "declineCode" in refusal ? refusal.declineCode : undefined;
  return {
    message: String(refusal.message),
    ...(typeof declineCode === "string" ? { declineCode } : {}),
  };
}

function outputsIn(stored: unknown): unknown {
  return typeof stored === "object" && stored !== null && "outputs" in stored ? stored.outputs : undefined;
}

const answerContext = (claimId: string) => `idempotency:${claimId}`;
