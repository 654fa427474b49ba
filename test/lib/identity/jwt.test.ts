/** Tokens of a real issuer on this machine: it has a discovery document, publishes keys, and rotates them. */
import { createHmac } from "node:crypto";
import { afterAll, afterEach, beforeAll, describe, expect, it, jest } from "@jest/globals";
import { exportJWK, exportSPKI, generateKeyPair, type JWK, type JWTPayload, SignJWT } from "jose";
import type { Refusal } from "../../../lib/identity/identity.ts";
import { createJwtVerifier, type JwtVerifier } from "../../../lib/identity/jwt.ts";
import { present } from "../../../lib/present.ts";
import * as given from "../../steps/given.ts";
import { answerJson, type LoopbackServer, loopbackServer } from "../../steps/loopback-server.ts";

const NOW = new Date("2026-11-25T12:00:00Z");
const SECONDS = NOW.getTime() / 1000;
const AUDIENCE = "payments";

type Claims = Readonly<Record<string, unknown>>;
type Pair = Awaited<ReturnType<typeof generateKeyPair>>;

let issuer: LoopbackServer;
let first: Pair;
let second: Pair;
let published: JWK[];
let requests: string[] = [];
let down: "no" | "error" | "hangs" | "garbage" | "redirect" = "no";
let discovery: Record<string, unknown>;
let verify: JwtVerifier;

const log = given.capturedLog();
const publicKey = async (pair: Pair, kid: string) => ({ ...(await exportJWK(pair.publicKey)), kid });

beforeAll(async () => {
  [first, second] = await Promise.all([generateKeyPair("RS256"), generateKeyPair("RS256")]);
  published = [await publicKey(first, "first")];
  issuer = await loopbackServer(({ url }, _body, response) => {
    requests.push(String(url));
    if (down === "hangs") return;
    if (down === "error") return answerJson(response, 503, {});
    if (down === "garbage") return response.end("<html>");
    // The target of the redirect works, but a redirect must never be followed.
    if (down === "redirect" && url?.startsWith("/.well-known/")) {
      return response.writeHead(302, { location: "/moved" }).end();
    }
    if (url !== "/jwks" && url !== "/keys-elsewhere") return answerJson(response, 200, discovery);
    return answerJson(response, 200, { keys: published });
  });
  discovery = { issuer: issuer.url, jwks_uri: `${issuer.url}/jwks` };
  verify = aVerifier();
});
afterEach(() => {
  down = "no";
  requests = [];
  log.clear();
});
afterAll(async () => {
  await issuer.close();
});

const aVerifier = (more: object = {}) =>
  createJwtVerifier({ issuer: issuer.url, audience: AUDIENCE, rolesClaim: "roles", ...more });

interface TokenHeader {
  readonly pair?: Pair;
  readonly kid?: string;
  readonly alg?: string;
  readonly typ?: string;
}

/** A valid token, except for the given claims; a claim that is undefined is left out. */
function aToken(
  claims: Claims = {},
  { pair = first, kid = "first", alg = "RS256", typ }: TokenHeader = {},
): Promise<string> {
  const good = { iss: issuer.url, aud: AUDIENCE, sub: "ada", exp: SECONDS + 600, roles: ["checkout"] };
  const payload: JWTPayload = JSON.parse(JSON.stringify({ ...good, ...claims }));
  return new SignJWT(payload).setProtectedHeader({ alg, kid, ...present({ typ }) }).sign(pair.privateKey);
}

const typed = (typ: string | undefined): TokenHeader => present({ typ });

const base64url = (value: object) => Buffer.from(JSON.stringify(value)).toString("base64url");

/** The refusal, after checking that the log reports it and contains nothing of the token. */
async function refusalOf(token: string, verifier = verify): Promise<Refusal> {
  log.clear();
  const identity = await verifier(token, NOW);
  if (identity.ok) throw new Error(`${identity.principal.id} was accepted`);
  expect(log.text()).toMatch(/"event":"identity\.(refused|provider-unreachable)"/);
  for (const part of token.split(".").filter((text) => text.length > 8))
    expect(log.text()).not.toContain(part);
  return identity.refusal;
}

describe("given a valid token", () => {
  it("it names a principal that no API key can have, with its roles", async () => {
    expect(await verify(await aToken(), NOW)).toEqual({
      ok: true,
      principal: { id: "jwt:ada", roles: ["checkout"] },
      // Clocks may differ by 30 s.
      expiresAt: SECONDS + 630,
    });
  });

  it.each([undefined, "JWT", "jwt", "at+jwt", "AT+JWT", "application/at+jwt"])(
    "of the type %s it is accepted",
    async (typ) => {
      expect(await verify(await aToken({}, typed(typ)), NOW)).toMatchObject({ ok: true });
    },
  );

  it.each([
    "dpop+jwt",
    "logout+jwt",
    "secevent+jwt",
    "client-authentication+jwt",
    "id+jwt",
    "xat+jwt",
    "jwt2",
    "",
  ])("of the type %s it is refused, although everything else is right", async (typ) => {
    expect(await refusalOf(await aToken({}, typed(typ)))).toBe("invalid-token");
    expect(log.text()).toContain('"reason":"header typ"');
  });

  it.each(["stripe", "Stripe", "STRIPE"])(
    "for the subject %s, a name of our own, it is refused",
    async (sub) => {
      expect(await refusalOf(await aToken({ sub }))).toBe("invalid-token");
      expect(log.text()).toContain('"reason":"claim sub"');
    },
  );

  it("the issuer gets two requests in total: one for its discovery document and one for its keys", async () => {
    const verifier = aVerifier();
    for (let call = 0; call < 3; call++)
      expect(await verifier(await aToken(), NOW)).toMatchObject({ ok: true });
    expect(requests).toEqual(["/.well-known/openid-configuration", "/jwks"]);
  });

  it("an issuer that ends in a slash works too, and keys at another address are fetched without a request to the issuer", async () => {
    const slashed = `${issuer.url}/`;
    discovery = { ...discovery, issuer: slashed };
    expect(await aVerifier({ issuer: slashed })(await aToken({ iss: slashed }), NOW)).toMatchObject({
      ok: true,
    });
    discovery = { ...discovery, issuer: issuer.url };
    requests = [];
    const verifier = aVerifier({ jwksUrl: `${issuer.url}/keys-elsewhere` });
    expect(await verifier(await aToken(), NOW)).toMatchObject({ ok: true });
    expect(requests).toEqual(["/keys-elsewhere"]);
  });

  it.each(["PS256", "ES256", "ES384", "EdDSA"])("signed with %s it is accepted", async (alg) => {
    const pair = await generateKeyPair(alg);
    published.push({ ...(await publicKey(pair, alg)), alg });
    expect(await aVerifier()(await aToken({}, { pair, kid: alg, alg }), NOW)).toMatchObject({ ok: true });
    published.pop();
  });

  it("clocks can differ by half a minute in both directions", async () => {
    expect(await verify(await aToken({ exp: SECONDS - 29, nbf: SECONDS + 29 }), NOW)).toMatchObject({
      ok: true,
    });
  });

  it.each<[string, string, Claims, string[]]>([
    ["a list", "roles", { roles: ["a", "b"] }, ["a", "b"]],
    ["text with spaces", "scope", { scope: "a  b" }, ["a", "b"]],
    [
      "a claim named as an address",
      "https://example.com/roles",
      { "https://example.com/roles": ["a"] },
      ["a"],
    ],
    ["Cognito's groups", "cognito:groups", { "cognito:groups": ["a"] }, ["a"]],
    ["a path", "realm_access.roles", { realm_access: { roles: ["a"] } }, ["a"]],
    ["a name with dots before a path", "a.b", { "a.b": ["exact"], a: { b: ["path"] } }, ["exact"]],
    ["items that are not text", "roles", { roles: ["a", 1, null, "", ["b"]] }, ["a"]],
    ["a missing claim", "roles", { roles: undefined }, []],
    ["an object", "roles", { roles: { admin: true } }, []],
    ["a path through nothing", "realm_access.roles", { realm_access: null }, []],
    ["a name that every object has", "constructor.name", {}, []],
  ])("roles as %s are read", async (_form, rolesClaim, claims, roles) => {
    expect(await aVerifier({ rolesClaim })(await aToken({ roles: undefined, ...claims }), NOW)).toEqual({
      ok: true,
      principal: { id: "jwt:ada", roles },
      expiresAt: SECONDS + 630,
    });
  });
});

describe("given a claim for the customer", () => {
  const verdict = async (claims: Claims) =>
    aVerifier({ customerClaim: "app.customer" })(await aToken(claims), NOW);

  it("it binds the principal to that customer, and * to none", async () => {
    expect(await verdict({ app: { customer: "cus_1" } })).toMatchObject({
      principal: { customerId: "cus_1" },
    });
    const everyone = await verdict({ app: { customer: "*" } });
    expect(everyone).toMatchObject({ ok: true });
    expect(everyone).not.toHaveProperty("principal.customerId");
  });

  it.each([undefined, "", "ada@example.com", 7, ["cus_1"]])(
    "a token with %j for it is refused, because it would act for every customer",
    async (customer) => {
      expect(await verdict({ app: { customer } })).toEqual({ ok: false, refusal: "invalid-token" });
      expect(log.text()).toContain("claim app.customer");
    },
  );
});

describe("given an invalid token", () => {
  it.each<[string, () => Promise<string>, Refusal]>([
    ["of another issuer", () => aToken({ iss: "https://other.example.com" }), "invalid-token"],
    ["without an issuer", () => aToken({ iss: undefined }), "invalid-token"],
    ["for another audience", () => aToken({ aud: "mail" }), "invalid-token"],
    ["without an audience", () => aToken({ aud: undefined }), "invalid-token"],
    ["that has expired", () => aToken({ exp: SECONDS - 31 }), "expired-token"],
    ["that never expires", () => aToken({ exp: undefined }), "invalid-token"],
    ["that is not valid yet", () => aToken({ nbf: SECONDS + 31 }), "invalid-token"],
    ["without a subject", () => aToken({ sub: undefined }), "invalid-token"],
    ["with an empty subject", () => aToken({ sub: "" }), "invalid-token"],
    ["with a line break in the subject", () => aToken({ sub: "ada\nadmin" }), "invalid-token"],
    ["with an endless subject", () => aToken({ sub: "a".repeat(256) }), "invalid-token"],
    ["signed by another key of the same name", () => aToken({}, { pair: second }), "invalid-token"],
    ["whose claims were changed", async () => tampered(await aToken()), "invalid-token"],
    [
      "whose signature was cut off",
      async () => `${(await aToken()).replace(/[\w-]+$/, "")}`,
      "invalid-token",
    ],
    ["without a signature, algorithm none", async () => unsigned("none"), "invalid-token"],
    ["without a signature, algorithm NONE", async () => unsigned("NONE"), "invalid-token"],
    ["signed with HS256 and the public key as the secret", signedWithPublicKey, "invalid-token"],
    ["of three parts without content", async () => "eyJ.e30.x", "invalid-token"],
    ["of five parts", async () => `${await aToken()}.x.y`, "invalid-token"],
  ])("one %s is refused", async (_what, token, refusal) => {
    expect(await refusalOf(await token())).toBe(refusal);
  });

  const tampered = (token: string) => {
    const [header, claims = "", signature] = token.split(".");
    const changed = { ...JSON.parse(Buffer.from(claims, "base64url").toString()), roles: ["admin"] };
    return [header, base64url(changed), signature].join(".");
  };
  const claims = () => base64url({ iss: issuer.url, aud: AUDIENCE, sub: "ada", exp: SECONDS + 600 });
  const unsigned = (alg: string) => `${base64url({ alg, kid: "first" })}.${claims()}.`;
  async function signedWithPublicKey() {
    const signed = `${base64url({ alg: "HS256", kid: "first" })}.${claims()}`;
    const signature = createHmac("sha256", await exportSPKI(first.publicKey))
      .update(signed)
      .digest("base64url");
    return `${signed}.${signature}`;
  }

  it("the log names the claim or the error", async () => {
    await refusalOf(await aToken({ aud: "mail" }));
    expect(log.text()).toContain("ERR_JWT_CLAIM_VALIDATION_FAILED claim aud");
    await refusalOf(await aToken({}, { pair: second }));
    expect(log.text()).toContain("ERR_JWS_SIGNATURE_VERIFICATION_FAILED");
  });

  it("one without a signature causes no request to the issuer", async () => {
    await refusalOf(unsigned("none"), aVerifier());
    expect(requests).toEqual([]);
  });
});

describe("given an issuer that rotates its keys", () => {
  it("a new key is found once the last request is half a minute ago, and until then the issuer gets no request", async () => {
    const clock = jest.spyOn(Date, "now").mockReturnValue(NOW.getTime());
    const verifier = aVerifier();
    await verifier(await aToken(), NOW);
    published = [await publicKey(second, "second")];
    const ofNewKey = await aToken({}, { pair: second, kid: "second" });
    requests = [];
    for (let call = 0; call < 5; call++) expect(await refusalOf(ofNewKey, verifier)).toBe("invalid-token");
    expect(requests).toEqual([]);

    clock.mockReturnValue(NOW.getTime() + 30_001);
    expect(await verifier(ofNewKey, NOW)).toMatchObject({ ok: true });
    expect(requests).toEqual(["/jwks"]);
    expect(await refusalOf(await aToken(), verifier)).toBe("invalid-token");
    published = [await publicKey(first, "first")];
    clock.mockRestore();
  });
});

describe("given an issuer that fails", () => {
  it.each(["error", "garbage", "redirect", "hangs"] as const)(
    "on %s the token is not reported as wrong, and the next call tries again",
    async (how) => {
      const verifier = aVerifier();
      down = how;
      expect(await refusalOf(await aToken(), verifier)).toBe("identity-provider-unreachable");
      expect(log.text()).toContain('"level":"error"');
      down = "no";
      expect(await verifier(await aToken(), NOW)).toMatchObject({ ok: true });
    },
  );

  it("the same holds if only its keys cannot be fetched", async () => {
    const verifier = aVerifier({ jwksUrl: `${issuer.url}/jwks` });
    down = "error";
    expect(await refusalOf(await aToken(), verifier)).toBe("identity-provider-unreachable");
    const nobody = aVerifier({ jwksUrl: "http://127.0.0.1:1/jwks" });
    expect(await refusalOf(await aToken(), nobody)).toBe("identity-provider-unreachable");
  });

  it.each([
    ["of another issuer", { issuer: "https://other.example.com" }, "is from a different issuer"],
    ["without the address of the keys", { jwks_uri: undefined }, "has no https jwks_uri"],
    [
      "that points to an unencrypted address",
      { jwks_uri: "http://keys.example.com" },
      "has no https jwks_uri",
    ],
  ])("a discovery document %s is not used", async (_what, change, reason) => {
    const right = discovery;
    discovery = { ...right, ...change };
    expect(await refusalOf(await aToken(), aVerifier())).toBe("identity-provider-unreachable");
    expect(log.text()).toContain(reason);
    discovery = right;
  });
});
