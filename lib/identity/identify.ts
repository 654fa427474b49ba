/** Identifies a caller by the Authorization header: an API key, or a token if tokens are configured. */
import { identifyApiKey } from "./api-keys.ts";
import type { Identity } from "./identity.ts";
import type { JwtVerifier } from "./jwt.ts";
import { readJwtSettings } from "./jwt-settings.ts";

/** Three parts or more between dots, the first a JSON object in base64url. Our API keys never contain a dot. */
const JWT_SHAPE = /^e[wy][\w-]*(?:\.[\w-]*){2,4}$/;

let verifier: Promise<JwtVerifier> | undefined;

/**
 * The identity, or why the caller is refused. Throws a Problem if the table of keys cannot be read or the settings for
 * tokens are wrong: the identity is then unknown.
 */
export async function identify(authorization: string | undefined, now: Date): Promise<Identity> {
  const bearer = /^Bearer +(\S+) *$/i.exec(authorization ?? "")?.[1];
  if (bearer === undefined) return { ok: false, refusal: "no-bearer-key" };
  return JWT_SHAPE.test(bearer) ? identifyToken(bearer, now) : identifyApiKey(bearer, now);
}

async function identifyToken(token: string, now: Date): Promise<Identity> {
  const settings = readJwtSettings(process.env);
  if (settings === undefined) return { ok: false, refusal: "jwt-not-enabled" };
  // JOSE is loaded with the first token, so that API keys do not pay for it at every cold start.
  verifier ??= import("./jwt.ts").then(({ createJwtVerifier }) => createJwtVerifier(settings));
  return (await verifier)(token, now);
}
