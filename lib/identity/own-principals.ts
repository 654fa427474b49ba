/**
 * The principals that this service itself acts as. Neither a key nor a token may have one of their names: in the audit log,
 * the two could not be told apart. Pure.
 */
import type { Principal } from "./principal.ts";

/** The principal of every event: its signature was checked before it was queued. */
export const STRIPE_EVENTS: Principal = { id: "stripe", roles: [] };

/** The principal of what SES reports about our mails. */
export const SES_REPORTS: Principal = { id: "ses", roles: [] };

const OWN_NAMES: readonly string[] = [STRIPE_EVENTS, SES_REPORTS].map(({ id }) => id);

/** Whether the name is reserved, in any spelling. */
export function isReservedName(name: string): boolean {
  return OWN_NAMES.includes(name.trim().toLowerCase());
}
