import { beforeEach, describe, expect, it } from "@jest/globals";
import type { APIGatewayProxyEventV2 } from "aws-lambda";
import fc from "fast-check";
import { Problem } from "../../../lib/errors.ts";
import { type Identity, REFUSALS, type Refusal } from "../../../lib/identity/identity.ts";
import { authorizerContext } from "../../../lib/transport/authorizer-context.ts";
import { authenticatedPrincipal } from "../../../lib/transport/principal.ts";
import { bearerChallenge } from "../../../lib/transport/refusals.ts";
import { capturedLog, httpEvent } from "../../steps/given.ts";
import { AUTHORIZATION } from "../../steps/signed-context.ts";

const SECRET = "app-secret-of-the-tests";
const NEW_SECRET = "another app-secret of the tests";
const NOW = new Date("2026-11-26T12:00:00Z");
const later = (seconds: number) => new Date(NOW.getTime() + seconds * 1000);

const log = capturedLog();
beforeEach(() => {
  process.env.APP_SECRET = SECRET;
  process.env.METRICS = "all";
});

/** The dimensions by which rejections are counted in the log. */
const countedBy = () =>
  log
    .lines()
    .flatMap(({ _aws }) => Object(_aws).CloudWatchMetrics)
    .filter(({ Metrics }) => Metrics.some(({ Name }: { Name: string }) => Name === "ContextRejections"))
    .flatMap(({ Dimensions }) => Dimensions);

const eventWith = (authorizer: Record<string, unknown> | null) => httpEvent({ authorizer, unsigned: true });

const principalOf = (event: APIGatewayProxyEventV2, now = NOW) =>
  authenticatedPrincipal(event, { headers: event.headers, requestId: "request", now: () => now });

/** What the authorizer writes about the caller, at `NOW`. */
const written = (identity: Identity, authorization = AUTHORIZATION, appSecrets = [SECRET]) => ({
  ...authorizerContext(identity, { authorization, appSecrets, now: NOW }),
});
const shop = { id: "shop", roles: ["checkout"], customerId: "cus_1" };
const whole = written({ ok: true, principal: shop });

async function problemOf(authorizer: Record<string, unknown> | null, now = NOW): Promise<Problem> {
  try {
    await principalOf(eventWith(authorizer), now);
  } catch (thrown) {
    if (thrown instanceof Problem) return thrown;
    throw thrown;
  }
  throw new Error("The caller was let in");
}

describe("given an identity from the authorizer", () => {
  it("the principal arrives complete through API Gateway's context of strings", async () => {
    const name = fc.string({ minLength: 1 });
    const principal = fc.record(
      { id: name, roles: fc.array(fc.string()), customerId: name },
      { requiredKeys: ["id", "roles"] },
    );
    await fc.assert(
      fc.asyncProperty(principal, async (caller) => {
        const context = written({ ok: true, principal: caller });
        for (const value of Object.values(context)) expect(typeof value).toBe("string");
        expect(await principalOf(eventWith(context))).toEqual(caller);
      }),
    );
  });

  it.each<[Refusal, string, string]>([
    ["no-bearer-key", "Send the header Authorization: Bearer <api key>", "Bearer"],
    ["unknown-key", "not known in this stage", 'Bearer error="invalid_token"'],
    ["expired-key", "has expired: ask the operator", 'Bearer error="invalid_token"'],
    ["revoked-key", "was revoked: ask the operator", 'Bearer error="invalid_token"'],
    ["jwt-not-enabled", "does not accept tokens. Send the header", 'Bearer error="invalid_token"'],
    ["invalid-token", "not valid for this service", 'Bearer error="invalid_token"'],
    ["expired-token", "has expired: refresh it", 'Bearer error="invalid_token"'],
  ])("the refusal %s is a 401 that says what to do: %s", async (refusal, detail, challenge) => {
    const context = written({ ok: false, refusal });
    const problem = await problemOf(context);
    expect(problem).toMatchObject({ code: "UNAUTHENTICATED", status: 401, retryable: false });
    expect(problem.message).toContain(detail);
    expect(bearerChallenge(eventWith(context))).toBe(challenge);
  });

  it("an unreachable identity provider causes a 503 that asks to retry once API Gateway's cache has expired", async () => {
    expect(await problemOf({ refusal: "identity-provider-unreachable" })).toMatchObject({
      code: "SERVICE_UNAVAILABLE",
      retryAfterSeconds: 60,
    });
  });

  it("every refusal has its own problem", async () => {
    const problems = await Promise.all(REFUSALS.map((refusal) => problemOf({ refusal })));
    expect(new Set(problems.map(({ message }) => message)).size).toBe(REFUSALS.length);
  });
});

describe("given a context that the authorizer did not write", () => {
  it.each<[string, Record<string, unknown> | null]>([
    ["nothing", null],
    ["nothing in it", {}],
    ["no principal", { ...whole, principalId: undefined }],
    ["an empty principal", { ...whole, principalId: "" }],
    ["a principal that is not a string", { ...whole, principalId: 7 }],
    ["no roles", { ...whole, roles: undefined }],
    ["roles that are not JSON", { ...whole, roles: "[admin" }],
    ["roles that are not an array", { ...whole, roles: '"admin"' }],
    ["roles that are not all strings", { ...whole, roles: '["admin", 1]' }],
    ["roles that are not a string", { ...whole, roles: ["admin"] }],
    ["a customer that is not a string", { ...whole, customerId: 7 }],
    ["an empty customer", { ...whole, customerId: "" }],
    ["a principal and a refusal", { ...whole, refusal: "revoked-key" }],
    ["a principal and an unknown refusal", { ...whole, refusal: "constructor" }],
  ])("%s causes a 401 and never a 500", async (_what, context) => {
    expect(await principalOf(eventWith(whole))).toEqual(shop);
    expect(await problemOf(context)).toMatchObject({ code: "UNAUTHENTICATED" });
  });

  it.each<[string, string, Record<string, unknown>]>([
    ["has no MAC", "missing", { principalId: "root", roles: '["admin"]' }],
    ["names another principal", "forged", { ...whole, principalId: "root" }],
    ["has more roles", "forged", { ...whole, roles: '["checkout","admin"]' }],
    ["names another customer", "forged", { ...whole, customerId: "cus_2" }],
    ["acts for every customer", "forged", { ...whole, customerId: undefined }],
    ["ends later", "forged", { ...whole, expiresAt: "9999999999" }],
    ["is for another credential", "forged", written({ ok: true, principal: shop }, "Bearer another-key")],
    [
      "is signed with another secret",
      "forged",
      written({ ok: true, principal: shop }, AUTHORIZATION, ["a secret of another stage"]),
    ],
    ["has a MAC that is not a string", "forged", { ...whole, mac: 7 }],
    ["has a longer MAC", "forged", { ...whole, mac: `${whole.mac}A` }],
  ])("one that %s is refused with 401, logged as %s and counted", async (_what, reason, context) => {
    log.clear();
    const problem = await problemOf(context);
    expect(problem).toMatchObject({ code: "UNAUTHENTICATED" });
    expect(problem.message).toMatch(/Send the header Authorization: Bearer <api key>/);
    expect(log.lines()).toMatchObject([
      { event: "http.distrusted", outcome: "rejected", requestId: "request", reason, ContextRejections: 1 },
    ]);
    expect(countedBy()).toEqual([["stage"], ["stage", "reason"]]);
    expect(log.text()).not.toMatch(/root|key-of-the-tester/);
  });

  it("any change of any part is refused", async () => {
    const part = fc.constantFrom("principalId", "roles", "customerId", "expiresAt", "mac");
    const value = fc.oneof(fc.string(), fc.constantFrom("admin", '["admin"]', undefined, null, 0));
    await fc.assert(
      fc.asyncProperty(part, value, async (name, changed) => {
        fc.pre(changed !== Reflect.get(whole, name));
        expect((await problemOf({ ...whole, [name]: changed })).code).toBe("UNAUTHENTICATED");
      }),
    );
  });

  it("any context yields a principal or a problem", async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.dictionary(fc.constantFrom(...Object.keys(whole), "refusal"), fc.anything()),
        async (context) => {
          expect(await problemOf(context)).toBeInstanceOf(Problem);
        },
      ),
    );
  });
});

describe("given the passing of time", () => {
  it("a context that API Gateway has cached for a minute is believed, and an old one is not", async () => {
    expect(await principalOf(eventWith(whole), later(90))).toEqual(shop);
    log.clear();
    const problem = await problemOf(whole, later(300));
    expect(problem).toMatchObject({
      code: "UNAUTHENTICATED",
      message:
        "The API key or token in the Authorization header has expired, or this call waited too long: " +
        "send it again, with a new key or token if this one has expired",
    });
    expect(bearerChallenge(eventWith(whole))).toBe('Bearer error="invalid_token"');
    expect(log.lines()).toMatchObject([{ event: "http.distrusted", reason: "expired" }]);
    // Not by stage alone, which has an alarm.
    expect(countedBy()).toEqual([["stage", "reason"]]);
  });

  it("a context ends with its credential, also while API Gateway has it in its cache", async () => {
    const expiresAt = NOW.getTime() / 1000 + 10;
    const brief = written({ ok: true, principal: shop, expiresAt });
    expect(await principalOf(eventWith(brief), later(9))).toEqual(shop);
    expect((await problemOf(brief, later(10))).message).toContain("expired");
  });

  it("a context outlives the rotation of APP_SECRET, until the old secret is removed", async () => {
    const signedBefore = whole;
    const signedAfter = written({ ok: true, principal: shop }, AUTHORIZATION, [NEW_SECRET, SECRET]);
    for (const secrets of [`${SECRET},${NEW_SECRET}`, `${NEW_SECRET},${SECRET}`]) {
      process.env.APP_SECRET = secrets;
      expect(await principalOf(eventWith(signedBefore))).toEqual(shop);
      expect(await principalOf(eventWith(signedAfter))).toEqual(shop);
    }
    process.env.APP_SECRET = NEW_SECRET;
    expect(await principalOf(eventWith(signedAfter))).toEqual(shop);
    expect(await problemOf(signedBefore)).toMatchObject({ code: "UNAUTHENTICATED" });
  });
});

describe("given an authorizer that returned nothing", () => {
  it.each<[string, unknown]>([
    ["nothing", undefined],
    ["null", null],
    ["a text", "admin"],
    ["no context", {}],
    ["a context that is null", { lambda: null }],
    ["a context that is a string", { lambda: "principalId" }],
    ["a number", { lambda: 5 }],
  ])("with %s the caller is asked for a key, without an error code", async (_what, authorizer) => {
    const event = httpEvent({ authorizer: null });
    Reflect.set(event.requestContext, "authorizer", authorizer);
    await expect(principalOf(event)).rejects.toMatchObject({
      code: "UNAUTHENTICATED",
      message: "Send the header Authorization: Bearer <api key>",
    });
    expect(bearerChallenge(event)).toBe("Bearer");
  });

  it("roles that only print like a JSON array are not accepted", async () => {
    expect(await problemOf({ principalId: "shop", roles: ['["admin"]'] })).toMatchObject({
      code: "UNAUTHENTICATED",
    });
  });

  it("the log says that the identity provider could not be read", async () => {
    expect((await problemOf({ refusal: "identity-provider-unreachable" })).message).toBe(
      "The authorizer could not read the identity provider's keys",
    );
  });
});
