/** Seals the values of a run, and the principal that started it. */

import type { Principal } from "../identity/principal.ts";
import type { Sealer } from "../sealing/sealing.ts";
import { fieldsOf } from "../untrusted.ts";

/** The context of the sealed values in a run's input: a value copied into another run does not open there. */
export const inputContext = (runId: string): string => `run:${runId}:input`;

/** The context of the sealed values in a step's output. */
export const outputContext = (runId: string, step: string): string => `run:${runId}:output:${step}`;

const principalContext = (runId: string) => `run:${runId}:principal`;

/** The principal as it travels through the run: nobody can read it or exchange it for another. */
export function sealPrincipal(principal: Principal, sealer: Sealer, runId: string): string {
  return sealer.seal(principal, principalContext(runId));
}

/** The principal that started the run. Throws if it was not sealed by `sealPrincipal` for this same run. */
export function openPrincipal(sealed: string, sealer: Sealer, runId: string): Principal {
  const principal = sealer.open(sealed, principalContext(runId));
  if (!isPrincipal(principal)) throw new Error(`The sealed principal of ${runId} is not a principal`);
  return principal;
}

/** The same; undefined if it was not sealed for this run, or with a secret that was removed since. */
export function openedPrincipal(sealed: unknown, sealer: Sealer, runId: string): Principal | undefined {
  if (typeof sealed !== "string") return undefined;
  try {
    return openPrincipal(sealed, sealer, runId);
  } catch {
    return undefined;
  }
}

function isPrincipal(value: unknown): value is Principal {
  const { id, roles } = fieldsOf(value);
  return typeof id === "string" && Array.isArray(roles);
}
