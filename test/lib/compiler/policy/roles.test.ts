import { describe, expect, it } from "@jest/globals";
import { mentionedRoles, roleMistake } from "../../../../lib/compiler/policy/roles.ts";

describe("given the conditions of rules", () => {
  it.each<[string, readonly string[]]>([
    ['"admin" in principal.roles', ["admin"]],
    ['"checkout" in principal.roles || !("billing" in principal.roles)', ["billing", "checkout"]],
    ['stage == "prod" && "admin" in principal.roles', ["admin"]],
    ['stage == "prod" ? "admin" in principal.roles : "support" in principal.roles', ["admin", "support"]],
    ['["a", "b"].exists(role, role in principal.roles)', ["a", "b"]],
    ['principal.roles.exists(role, role == "admin")', ["admin"]],
    ['principal["roles"] == ["admin"]', ["admin"]],
    ["size(principal.roles) > 0", []],
    ['input.currency in ["usd", "eur"]', []],
    ['"checkout" in principal.roles || input.team == "blue"', ["checkout"]],
    ['!("checkout" in principal.roles && input.team == "blue")', ["checkout"]],
    ['!(input.team == "blue") && "checkout" in principal.roles', ["checkout"]],
    ['input.roles == "blue"', []],
    ['principal.id == "blue"', []],
    ["true", []],
    ["this is not CEL", []],
  ])("the roles of %s are found, and nothing else", (condition, names) => {
    expect(mentionedRoles([condition])).toEqual({ names, anyMayCount: false });
  });

  it("the roles of several conditions are listed once, in order", () => {
    const conditions = ['"b" in principal.roles', '"a" in principal.roles', '"b" in principal.roles'];
    expect(mentionedRoles(conditions).names).toEqual(["a", "b"]);
  });

  it.each([
    "input.team in principal.roles",
    'principal.roles.exists(role, role.startsWith("team-"))',
    'principal.roles.exists(role, role.endsWith("-team"))',
    'principal.roles.exists(role, role.contains("team"))',
    'principal.roles.exists(role, role.matches("^team-"))',
    'principal.roles.exists(role, matches(role, "^team-"))',
    'principal.roles.exists(role, role == "team-" + input.team)',
  ])("any role can matter for %s, so none is refused", (condition) => {
    const mentioned = mentionedRoles([condition, '"admin" in principal.roles']);
    expect(mentioned.anyMayCount).toBe(true);
    expect(roleMistake("team-7", mentioned)).toBeUndefined();
  });

  it("a role that no rule mentions is refused with the nearest one, or with the known ones", () => {
    const mentioned = mentionedRoles(['"checkout" in principal.roles', '"admin" in principal.roles']);
    expect(roleMistake("checkout", mentioned)).toBeUndefined();
    expect(roleMistake("chekout", mentioned)).toBe(
      'no rule of policies/ mentions the role "chekout"; did you mean "checkout"?',
    );
    expect(roleMistake("cashier", mentioned)).toBe(
      'no rule of policies/ mentions the role "cashier"; known: admin, checkout',
    );
  });
});
