import { describe, expect, it } from "@jest/globals";
import fc from "fast-check";
import { Problem } from "../../../lib/errors.ts";
import { REFUSALS, type Refusal } from "../../../lib/identity/identity.ts";
import {
  authenticatedPrincipal,
  authorizerContext,
  bearerChallenge,
} from "../../../lib/transport/principal.ts";
import { httpEvent } from "../../steps/given.ts";

const eventWith = (authorizer: Record<string, unknown> | null) => httpEvent({ authorizer });

function problemOf(authorizer: Record<string, unknown> | null): Problem {
  try {
    authenticatedPrincipal(eventWith(authorizer));
  } catch (thrown) {
    if (thrown instanceof Problem) return thrown;
    throw thrown;
  }
  throw new Error("The caller was let in");
}

describe("given an identity from the authorizer", () => {
  it("the principal arrives complete through API Gateway's context of strings", () => {
    const name = fc.string({ minLength: 1 });
    const principal = fc.record(
      { id: name, roles: fc.array(fc.string()), customerId: name },
      { requiredKeys: ["id", "roles"] },
    );
    fc.assert(
      fc.property(principal, (caller) => {
        const context = { ...authorizerContext({ ok: true, principal: caller }) };
        for (const value of Object.values(context)) expect(typeof value).toBe("string");
        expect(authenticatedPrincipal(eventWith(context))).toEqual(caller);
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
  ])("the refusal %s is a 401 that says what to do: %s", (refusal, detail, challenge) => {
    const context = { ...authorizerContext({ ok: false, refusal }) };
    expect(problemOf(context)).toMatchObject({ code: "UNAUTHENTICATED", status: 401, retryable: false });
    expect(problemOf(context).message).toContain(detail);
    expect(bearerChallenge(eventWith(context))).toBe(challenge);
  });

  it("an unreachable identity provider causes a 503 that asks to retry once API Gateway's cache has expired", () => {
    expect(problemOf({ refusal: "identity-provider-unreachable" })).toMatchObject({
      code: "SERVICE_UNAVAILABLE",
      retryable: true,
      retryAfterSeconds: 60,
    });
  });

  it("every refusal has its own problem", () => {
    expect(new Set(REFUSALS.map((refusal) => problemOf({ refusal }).message)).size).toBe(REFUSALS.length);
  });
});

describe("given a context that the authorizer did not write", () => {
  const whole = { principalId: "shop", roles: '["checkout"]', customerId: "cus_1" };

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
  ])("%s causes a 401 and never a 500", (_what, context) => {
    expect(authenticatedPrincipal(eventWith(whole))).toMatchObject({ id: "shop" });
    expect(problemOf(context)).toMatchObject({ code: "UNAUTHENTICATED" });
  });

  it("any context yields a principal or a problem", () => {
    fc.assert(
      fc.property(
        fc.dictionary(fc.constantFrom(...Object.keys(whole), "refusal"), fc.anything()),
        (context) => {
          try {
            authenticatedPrincipal(eventWith(context));
          } catch (thrown) {
            expect(thrown).toBeInstanceOf(Problem);
          }
        },
      ),
    );
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
  ])("with %s the caller is asked for a key, without an error code", (_what, authorizer) => {
    const event = httpEvent({ authorizer: null });
    Reflect.set(event.requestContext, "authorizer", authorizer);
    expect(() => authenticatedPrincipal(event)).toThrow(
      expect.objectContaining({
        code: "UNAUTHENTICATED",
        message: "Send the header Authorization: Bearer <api key>",
      }),
    );
    expect(bearerChallenge(event)).toBe("Bearer");
  });

  it("roles that only print like a JSON array are not accepted", () => {
    expect(problemOf({ principalId: "shop", roles: ['["admin"]'] })).toMatchObject({
      code: "UNAUTHENTICATED",
    });
  });

  it("the log says that the identity provider could not be read", () => {
    expect(problemOf({ refusal: "identity-provider-unreachable" }).message).toBe(
      "The authorizer could not read the identity provider's keys",
    );
  });
});
