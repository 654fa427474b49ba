/** Who a bearer is, or why the bearer is refused. The authorizer's result, before it becomes API Gateway's context. */
import type { Principal } from "./principal.ts";

/** Every reason for a refusal; lib/transport/principal.ts says what each means for the caller. */
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
  | {
      readonly ok: true;
      readonly principal: Principal;
      /** When the credential expires: Unix seconds, UTC. Left out if it does not. */
      readonly expiresAt?: number;
    }
  | { readonly ok: false; readonly refusal: Refusal };

/** Prefix of every token's principal, so that an API key's principal cannot be mistaken for one. */
export const JWT_PRINCIPAL_PREFIX = "jwt:";
