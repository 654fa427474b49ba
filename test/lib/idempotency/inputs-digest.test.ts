import { describe, expect, it } from "@jest/globals";
import { inputsDigests } from "../../../lib/idempotency/inputs-digest.ts";

const SECRET = "app-secret-of-the-tests";

describe("given inputs", () => {
  it("they have one digest for each secret, the one of the current secret first", () => {
    const inputs = { amount: 4200, currency: "usd" };
    const both = inputsDigests(inputs, [SECRET, "the one before"]);
    expect(both).toEqual([...inputsDigests(inputs, [SECRET]), ...inputsDigests(inputs, ["the one before"])]);
    expect(new Set(both).size).toBe(2);
  });

  it("the digest is the same as in an earlier deployment, here computed by another program", () => {
    expect(inputsDigests({ currency: "usd", amount: 4200 }, [SECRET])).toEqual([
      "505d87dfcd3603cdcaee41197b1c59648949e6748483540f30546c79bc0687d6",
    ]);
  });

  it("other inputs have another digest", () => {
    expect(inputsDigests({ amount: 4200 }, [SECRET])).not.toEqual(inputsDigests({ amount: 4201 }, [SECRET]));
  });
});
