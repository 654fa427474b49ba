import { describe, expect, it } from "@jest/globals";
import { readAppSecrets } from "../../../lib/secrets/app-secret-list.ts";

const ONE = "x".repeat(16);
const OTHER = "y".repeat(17);

describe("given the value of APP_SECRET", () => {
  it.each([
    ["one secret", ONE, [ONE]],
    ["the new one and the previous one", `${ONE},${OTHER}`, [ONE, OTHER]],
    ["blanks and empty entries around them", ` ${ONE} ,, ${OTHER},`, [ONE, OTHER]],
  ])("%s: they are read in their order", (_what, text, secrets) => {
    expect(readAppSecrets(text)).toEqual({ ok: true, secrets });
  });

  it.each([
    ["nothing", "", "contains no secret"],
    ["commas only", " , ,", "contains no secret"],
    ["a short one", "x".repeat(15), "contains a secret of fewer than 16 characters"],
    ["a short one after a valid one", `${ONE},short`, "contains a secret of fewer than 16 characters"],
    ["a valid one after a short one", `short,${ONE}`, "contains a secret of fewer than 16 characters"],
    [
      "blanks that make it long enough",
      ` ${"x".repeat(15)} `,
      "contains a secret of fewer than 16 characters",
    ],
  ])("%s: it is refused, and the message contains no secret", (_what, text, mistake) => {
    expect(readAppSecrets(text)).toEqual({ ok: false, mistake });
  });
});
