/**
 * The principals that this service itself and its operators act as. Neither a key nor a token may have one of their names: in the audit log,
 * the two could not be told apart. Pure.
 */
import type { Principal } from "./principal.ts";

/** The principal of every event: its signature was checked before it was queued. */
export const STRIPE_EVENTS: Principal = { id: "stripe", roles: [] };

/** The principal of what SES reports about our mails. */
export const SES_REPORTS: Principal = { id: "ses", roles: [] };

const OWN_NAMES: readonly string[] = [STRIPE_EVENTS, SES_REPORTS].map(({ id }) => id);

const OPERATOR = "operator:";

/** The principal of an operator's command that changes something. `identity`: of the shell, such as an ARN. */
export const operatorPrincipal = (identity: string): Principal => ({
  id: `${OPERATOR}${identity}`,
  roles: [],
});

/** Whether the name is reserved, in any spelling. */
export function isReservedName(name: string): boolean {
  const written = name.trim().toLowerCase();
  return OWN_NAMES.includes(written) || written.startsWith(OPERATOR);
}
