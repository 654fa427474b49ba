/** The authorizer's context as functions/authorizer signs it, for tests that call a handler without the authorizer. */
import { macOf } from "../../lib/sealing/mac.ts";

/** The Authorization header of `httpEvent`, unless a test sends another one. */
export const AUTHORIZATION = "Bearer key-of-the-tester";

const secretOf = (environment: NodeJS.ProcessEnv) =>
  (environment.APP_SECRET ?? "app-secret-of-the-tests").split(",")[0] ?? "";

/** Any context of an identity, with an expiry in a minute and a MAC for this header. A refusal stays as it is. */
export function signedContext(
  context: Readonly<Record<string, unknown>>,
  authorization: string | undefined = AUTHORIZATION,
  secret = secretOf(process.env),
): Record<string, unknown> {
  if (context.principalId === undefined) return { ...context };
  const complete: Readonly<Record<string, unknown>> = {
    expiresAt: String(Math.floor(Date.now() / 1000) + 60),
    ...context,
  };
  const { principalId, roles, customerId, expiresAt } = complete;
  const parts = [principalId, roles, customerId, expiresAt, authorization];
  const mac = macOf(
    "authorizer-context/v1",
    parts.map((part) => JSON.stringify(part) ?? ""),
    [secret],
  );
  return { ...complete, mac };
}
