import { afterAll, beforeAll, describe, expect, it } from "@jest/globals";
import type { APIGatewayRequestAuthorizerEventV2 } from "aws-lambda";
import { exportJWK, generateKeyPair, SignJWT } from "jose";
import { handler } from "../../../functions/authorizer/handler.ts";
import { createApiKey, revokeApiKey } from "../../../lib/identity/api-keys.ts";
import { authenticatedRoute } from "../../../lib/transport/authenticated-route.ts";
import * as given from "../../steps/given.ts";
import { answerJson, type LoopbackServer, loopbackServer } from "../../steps/loopback-server.ts";
import * as when from "../../steps/when.ts";

const principal = { id: "shop", roles: ["checkout"], customerId: "cus_1" };
const whoami = authenticatedRoute({}, async ({ principal: { id } }) => ({ status: 200, body: id }));
const keys = { good: "", expired: "", revoked: "" };

given.localAws();
let issuer: LoopbackServer;
let token: string;
given.capturedLog();
beforeAll(async () => {
  const now = new Date();
  const longAgo = new Date(0);
  keys.good = (await createApiKey(principal, {}, now)).key;
  keys.expired = (await createApiKey(principal, { expiresAt: 1 }, longAgo)).key;
  const revoked = await createApiKey(principal, {}, now);
  await revokeApiKey(revoked.record.keyId, now);
  keys.revoked = revoked.key;

  const pair = await generateKeyPair("ES256");
  const jwk = { ...(await exportJWK(pair.publicKey)), kid: "one" };
  issuer = await loopbackServer((_request, _body, response) => answerJson(response, 200, { keys: [jwk] }));
  token = await new SignJWT({ iss: issuer.url, aud: "payments", sub: "ada", scope: "billing support" })
    .setProtectedHeader({ alg: "ES256", kid: "one" })
    .setExpirationTime("10m")
    .sign(pair.privateKey);
});
afterAll(async () => {
  await issuer.close();
});

function authorizing(authorization: string | undefined): APIGatewayRequestAuthorizerEventV2 {
  const { requestContext } = given.httpEvent({});
  return {
    version: "2.0",
    type: "REQUEST",
    routeArn: "arn",
    identitySource: authorization === undefined ? [] : [authorization],
    routeKey: "POST /",
    rawPath: "/",
    rawQueryString: "",
    cookies: [],
    headers: authorization === undefined ? {} : { authorization },
    requestContext: { ...requestContext },
  };
}
const contextFor = async (authorization: string | undefined) => {
  const { isAuthorized, context } = await handler(authorizing(authorization), given.lambdaContext());
  expect(isAuthorized).toBe(true);
  return context;
};

describe("given a request with an Authorization header", () => {
  it("a known key yields its principal, roles and customer, as strings", async () => {
    const context = {
      principalId: "shop",
      roles: '["checkout"]',
      customerId: "cus_1",
      expiresAt: expect.stringMatching(/^\d{10}$/),
      mac: expect.stringMatching(/^[\w-]{43}$/),
    };
    expect(await contextFor(`Bearer ${keys.good}`)).toEqual(context);
    expect(await contextFor(`bearer  ${keys.good} `)).toEqual(context);
  });

  it.each<[string, () => string | undefined, string]>([
    ["an unknown key", () => "Bearer bad-key", "unknown-key"],
    ["an expired key", () => `Bearer ${keys.expired}`, "expired-key"],
    ["a revoked key", () => `Bearer ${keys.revoked}`, "revoked-key"],
    ["a key without Bearer", () => keys.good, "no-bearer-key"],
    ["another scheme", () => `Basic ${keys.good}`, "no-bearer-key"],
    ["two keys", () => `Bearer ${keys.good}, Bearer ${keys.good}`, "no-bearer-key"],
    ["nothing", () => undefined, "no-bearer-key"],
  ])("%s yields a reason for the refusal instead of a principal", async (_what, authorization, refusal) => {
    expect(await contextFor(authorization())).toEqual({ refusal });
  });

  it("the function believes the context for a request with the same header, and for no other", async () => {
    const authorization = `Bearer ${keys.good}`;
    const authorizer = { ...(await contextFor(authorization)) };
    const call = (header: string) =>
      when.calls(whoami, { authorizer, unsigned: true, headers: { authorization: header } });
    expect(await call(authorization)).toMatchObject({ status: 200, text: "shop" });
    expect(await call(`Bearer ${keys.good}x`)).toMatchObject({ status: 401 });
  });

  it("the context ends with the key, and after five minutes at the latest", async () => {
    const seconds = Math.floor(Date.now() / 1000);
    const brief = await createApiKey(principal, { expiresAt: seconds + 30 }, new Date());
    expect(await contextFor(`Bearer ${brief.key}`)).toMatchObject({ expiresAt: String(seconds + 30) });
    const { expiresAt } = await contextFor(`Bearer ${keys.good}`);
    expect(Number(expiresAt) - seconds).toBeGreaterThanOrEqual(60);
    expect(Number(expiresAt) - seconds).toBeLessThanOrEqual(310);
  });

  it("the header that API Gateway caches the response by decides, if the two differ", async () => {
    const event = { ...authorizing(`Bearer ${keys.good}`), headers: { authorization: "Bearer bad-key" } };
    expect((await handler(event, given.lambdaContext())).context).toMatchObject({ principalId: "shop" });
  });
});

describe("given a token", () => {
  it("every token is refused as jwt-not-enabled while tokens are not accepted, even an unsigned or a broken one", async () => {
    for (const bearer of [token, "eyJhbGciOiJub25lIn0.e30.", "eyJ.x.y"]) {
      expect(await contextFor(`Bearer ${bearer}`)).toEqual({ refusal: "jwt-not-enabled" });
    }
  });

  it("with incomplete settings the call fails, and the failure is not remembered", async () => {
    process.env.JWT_ISSUER = issuer.url;
    await expect(handler(authorizing(`Bearer ${token}`), given.lambdaContext())).rejects.toThrow(
      "JWT_AUDIENCE is not set",
    );
    expect(await contextFor(`Bearer ${keys.good}`)).toMatchObject({ principalId: "shop" });
  });

  it("once tokens are accepted, a token yields its subject and roles, and keys still work", async () => {
    Object.assign(process.env, {
      JWT_ISSUER: issuer.url,
      JWT_AUDIENCE: "payments",
      JWT_ROLES_CLAIM: "scope",
      JWT_JWKS_URL: `${issuer.url}/jwks`,
    });
    expect(await contextFor(`Bearer ${token}`)).toEqual({
      principalId: "jwt:ada",
      roles: '["billing","support"]',
      expiresAt: expect.any(String),
      mac: expect.any(String),
    });
    expect(await contextFor(`Bearer ${token}x`)).toEqual({ refusal: "invalid-token" });
    expect(await contextFor(`Bearer ${keys.good}`)).toMatchObject({ principalId: "shop" });
  });
});
