/** An issuer of JSON Web Tokens on this machine, and the settings with which the stack accepts its tokens. */
import { exportJWK, generateKeyPair, SignJWT } from "jose";
import { answerJson, loopbackServer } from "../../steps/loopback-server.ts";

export interface TokenIssuer {
  readonly environment: Readonly<Record<string, string>>;
  /** A signed token; `expiresIn` in seconds, `forged` signs with a key that the issuer does not publish. */
  token(options: {
    subject: string;
    roles: readonly string[];
    expiresIn?: number;
    forged?: boolean;
  }): Promise<string>;
  close(): Promise<void>;
}

const AUDIENCE = "payments";

export async function tokenIssuer(): Promise<TokenIssuer> {
  const [published, unpublished] = await Promise.all([generateKeyPair("ES256"), generateKeyPair("ES256")]);
  const jwk = { ...(await exportJWK(published.publicKey)), kid: "first" };
  const server = await loopbackServer((_request, _body, response) =>
    answerJson(response, 200, { keys: [jwk] }),
  );
  return {
    environment: {
      JWT_ISSUER: server.url,
      JWT_AUDIENCE: AUDIENCE,
      JWT_JWKS_URL: `${server.url}/jwks`,
      JWT_ROLES_CLAIM: "roles",
      JWT_CUSTOMER_CLAIM: "",
    },
    token: ({ subject, roles, expiresIn = 600, forged = false }) =>
      new SignJWT({ roles: [...roles] })
        .setProtectedHeader({ alg: "ES256", kid: "first" })
        .setIssuer(server.url)
        .setAudience(AUDIENCE)
        .setSubject(subject)
        .setExpirationTime(Math.floor(Date.now() / 1000) + expiresIn)
        .sign((forged ? unpublished : published).privateKey),
    close: server.close,
  };
}
