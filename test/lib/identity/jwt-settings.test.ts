import { describe, expect, it } from "@jest/globals";
import { isSafeUrl, readJwtSettings } from "../../../lib/identity/jwt-settings.ts";

const JWT_ISSUER = "https://login.example.com/";
const JWT_AUDIENCE = "payments";

describe("given settings for tokens", () => {
  it("issuer and audience are enough", () => {
    expect(readJwtSettings({ JWT_ISSUER, JWT_AUDIENCE, JWT_JWKS_URL: " " })).toEqual({
      issuer: JWT_ISSUER,
      audience: JWT_AUDIENCE,
      rolesClaim: "roles",
    });
  });

  it("the other settings are optional", () => {
    expect(
      readJwtSettings({
        JWT_ISSUER,
        JWT_AUDIENCE,
        JWT_ROLES_CLAIM: "cognito:groups",
        JWT_CUSTOMER_CLAIM: "stripe",
        JWT_JWKS_URL: "https://keys.example.com/jwks",
      }),
    ).toEqual({
      issuer: JWT_ISSUER,
      audience: JWT_AUDIENCE,
      rolesClaim: "cognito:groups",
      customerClaim: "stripe",
      jwksUrl: "https://keys.example.com/jwks",
    });
  });

  it("if nothing is set, or only blanks, tokens are not accepted", () => {
    expect(readJwtSettings({})).toBeUndefined();
    expect(readJwtSettings({ JWT_ISSUER: "", JWT_AUDIENCE: " " })).toBeUndefined();
  });

  it.each([
    [{ JWT_ISSUER }, "JWT_AUDIENCE is not set"],
    [{ JWT_AUDIENCE }, "JWT_AUDIENCE is set, and JWT_ISSUER is not"],
    [{ JWT_ISSUER: "login.example.com", JWT_AUDIENCE }, "JWT_ISSUER=login.example.com is not an https URL"],
    [
      { JWT_ISSUER: "http://login.example.com", JWT_AUDIENCE },
      "JWT_ISSUER=http://login.example.com is not an https",
    ],
    [
      { JWT_ISSUER, JWT_AUDIENCE, JWT_JWKS_URL: "http://keys.example.com" },
      "JWT_JWKS_URL=http://keys.example.com",
    ],
  ])("%j is refused, naming the variable", (environment, message) => {
    expect(() => readJwtSettings(environment)).toThrow(message);
  });
});

describe("given an address for the issuer's keys", () => {
  it.each([
    ["https://keys.example.com", true],
    ["http://localhost:9000", true],
    ["http://127.0.0.1:9000/x", true],
    ["http://[::1]:9000", true],
    ["http://127.0.0.1.example.com", false],
    ["http://localhost.example.com", false],
    ["http://10.0.0.1", false],
    ["ftp://localhost", false],
    ["keys.example.com", false],
    ["", false],
  ])("%s: %s", (address, safe) => {
    expect(isSafeUrl(address)).toBe(safe);
  });
});
