/** What of a run is sealed, and how: its values, and who started it. */

import type { Principal } from "../identity/principal.ts";
import type { Sealer } from "../sealing/sealing.ts";
import { fieldsOf } from "../untrusted.ts";

/** The context that the sealed values of a run are bound to: a value copied into another run does not open there. */
export const runSealingContext = (runId: string): string => `run:${runId}`;

const principalContext = (runId: string) => `run:${runId}:principal`;

/** The principal as it travels through the run: readable to nobody, and not to be exchanged for another. */
export function sealPrincipal(principal: Principal, sealer: Sealer, runId: string): string {
  return sealer.seal(principal, principalContext(runId));
}

/** Who started the run. Throws when it was not sealed by `sealPrincipal` for this very run. */
export function openPrincipal(sealed: string, sealer: Sealer, runId: string): Principal {
  const principal = sealer.open(sealed, principalContext(runId));
  if (!isPrincipal(principal)) throw new Error(`The principal of ${runId} is none`);
  return principal;
}

function isPrincipal(value: unknown): value is Principal {
  const { id, roles } = fieldsOf(value);
  return typeof id === "string" && Array.isArray(roles);
}
