/** Who a bearer is, or why that is not said. The authorizer's answer, before it becomes API Gateway's context. */
import type { Principal } from "./principal.ts";

/** Every reason there is; lib/transport/principal.ts says what each means to the caller. */
export const REFUSALS = [
  "no-bearer-key",
  "unknown-key",
  "expired-key",
  "revoked-key",
  "jwt-not-enabled",
  "invalid-token",
  "expired-token",
  "identity-provider-unreachable",
] as const;

export type Refusal = (typeof REFUSALS)[number];

export type Identity =
  | { readonly ok: true; readonly principal: Principal }
  | { readonly ok: false; readonly refusal: Refusal };

/** Before the subject of every token's principal, so that no API key's principal can be taken for one. */
export const JWT_PRINCIPAL_PREFIX = "jwt:";
