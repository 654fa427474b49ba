/** Whether tokens are accepted, and from which issuer. No I/O, no clock. */

import { Problem } from "../errors.ts";
import { present } from "../present.ts";

export interface JwtSettings {
  /** Exactly as in the `iss` of the tokens. */
  readonly issuer: string;
  readonly audience: string;
  /** A claim's name, or a dotted path to one. */
  readonly rolesClaim: string;
  readonly customerClaim?: string;
  /** If left out, the one in the issuer's discovery document. */
  readonly jwksUrl?: string;
}

export const JWT_VARIABLES = [
  "JWT_ISSUER",
  "JWT_AUDIENCE",
  "JWT_ROLES_CLAIM",
  "JWT_CUSTOMER_CLAIM",
  "JWT_JWKS_URL",
] as const;

const set = (value: unknown) => String(value ?? "").trim() || undefined;

/**
 * The settings in `environment`; undefined if JWT_ISSUER is not set, and tokens are not accepted. Throws INTERNAL_ERROR
 * naming the variable for settings that are incomplete or unsafe.
 */
export function readJwtSettings(environment: Readonly<Record<string, unknown>>): JwtSettings | undefined {
  const issuer = set(environment.JWT_ISSUER);
  if (issuer === undefined) {
    const alone = JWT_VARIABLES.find((name) => set(environment[name]) !== undefined);
    if (alone === undefined) return undefined;
    throw mistake(`${alone} is set, and JWT_ISSUER is not: set both to accept tokens, or neither`);
  }
  refuseUnsafeUrl("JWT_ISSUER", issuer);
  const audience = set(environment.JWT_AUDIENCE);
  if (audience === undefined) {
    throw mistake(
      "JWT_AUDIENCE is not set: without it, a token made for any other service would be accepted",
    );
  }
  const customerClaim = set(environment.JWT_CUSTOMER_CLAIM);
  const jwksUrl = set(environment.JWT_JWKS_URL);
  if (jwksUrl !== undefined) refuseUnsafeUrl("JWT_JWKS_URL", jwksUrl);
  return {
    issuer,
    audience,
    rolesClaim: set(environment.JWT_ROLES_CLAIM) ?? "roles",
    ...present({ customerClaim, jwksUrl }),
  };
}

/** https, or http to this machine: keys that arrive over an unencrypted connection could be from anyone. */
export function isSafeUrl(text: string): boolean {
  if (!URL.canParse(text)) return false;
  const { protocol, hostname } = new URL(text);
  return protocol === "https:" || (protocol === "http:" && isLoopback(hostname));
}

function isLoopback(hostname: string): boolean {
  return hostname === "localhost" || hostname === "[::1]" || /^127(\.\d{1,3}){3}$/.test(hostname);
}

function refuseUnsafeUrl(name: string, text: string): void {
  if (!isSafeUrl(text))
    throw mistake(`${name}=${text} is not an https URL, such as https://login.example.com/`);
}

function mistake(message: string): Problem {
  return new Problem("INTERNAL_ERROR", message);
}
