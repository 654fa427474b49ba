/** Reads the principal from the claims of a verified token. No I/O, no clock. */
import { fieldOf, textsOf } from "../untrusted.ts";
import { JWT_PRINCIPAL_PREFIX } from "./identity.ts";
import type { JwtSettings } from "./jwt-settings.ts";
import { isReservedName } from "./own-principals.ts";
import type { Principal } from "./principal.ts";

/** OpenID Connect Core 1.0, section 2: a subject has at most 255 ASCII characters. */
const MAX_SUBJECT_LENGTH = 255;
/** The value of the customer claim for principals that act for every customer. */
const EVERY_CUSTOMER = "*";

type Claims = Readonly<Record<string, unknown>>;

/**
 * The principal, or the claim that is wrong. Having no roles is not a mistake: the policy then permits nothing. If a
 * customer claim is configured, a token without it is refused, because a missing one would mean every customer.
 */
export function principalOf(
  claims: Claims,
  settings: JwtSettings,
): { readonly principal: Principal } | { readonly wrongClaim: string } {
  const { sub } = claims;
  if (typeof sub !== "string" || !/^[\x21-\x7e]+$/.test(sub) || sub.length > MAX_SUBJECT_LENGTH) {
    return { wrongClaim: "sub" };
  }
  if (isReservedName(sub)) return { wrongClaim: "sub" };
  const principal = {
    id: JWT_PRINCIPAL_PREFIX + sub,
    roles: namesIn(claimNamed(claims, settings.rolesClaim)),
  };
  if (settings.customerClaim === undefined) return { principal };
  const customerId = claimNamed(claims, settings.customerClaim);
  if (customerId === EVERY_CUSTOMER) return { principal };
  if (typeof customerId !== "string" || !/^cus_\w{1,64}$/.test(customerId)) {
    return { wrongClaim: settings.customerClaim };
  }
  return { principal: { ...principal, customerId } };
}

/** A claim with exactly that name comes first: names can contain dots (`https://example.com/roles`). */
function claimNamed(claims: Claims, name: string): unknown {
  if (Object.hasOwn(claims, name)) return claims[name];
  return fieldOf(claims, ...name.split("."));
}

function namesIn(value: unknown): string[] {
  if (typeof value === "string") return value.split(/\s+/).filter((name) => name !== "");
  return textsOf(value).filter((name) => name !== "");
}
