import { globSync, readFileSync } from "node:fs";
import { describe, expect, it } from "@jest/globals";
import { parse } from "yaml";
import { loadContract } from "../../../../lib/compiler/contract/load-contract.ts";
import { SourceError } from "../../../../lib/compiler/source/source-issue.ts";

interface Mistake {
  readonly given: string;
  readonly inputs: string;
  readonly says: readonly string[];
}

const HEAD = `capabilityId: make-report
version: 1.0.0
provider:
  type: test
  operation: makeReport
inputs:
`;

function mistakesOf(text: string): string[] {
  try {
    loadContract("functions/x/contract.yml", text);
    return [];
  } catch (error) {
    if (error instanceof SourceError) return error.message.split("\n");
    throw error;
  }
}

const at = (place: string) => `functions/x/contract.yml:${place}`;

describe("a contract with a mistake", () => {
  const mistakes: Mistake[] = parse(readFileSync("test/lib/compiler/contract/contract-mistakes.yml", "utf8"));

  it.each(mistakes)("is refused for $given, with file, line and column", ({ inputs, says }) => {
    const indented = inputs.replace(/^(?=.)/gm, "  ");

    expect(mistakesOf(HEAD + indented)).toEqual(says.map(at));
  });

  it.each([
    [
      "an unknown key",
      `${HEAD}outputz: {}\n`,
      '7:1 unknown key "outputz" in the contract; did you mean "outputs"?',
    ],
    [
      "a capabilityId that is none",
      HEAD.replace("make-report", "Make Report"),
      "1:15 capabilityId must be lowercase words joined by hyphens, such as send-email",
    ],
    [
      "no operation",
      HEAD.replace("  operation: makeReport\n", ""),
      "4:3 provider.operation must name the function that operation.ts exports",
    ],
    [
      "an unknown key of the provider",
      HEAD.replace("  type", "  tipe: x\n  type"),
      '4:3 unknown key "tipe" in provider; did you mean "type"?',
    ],
  ])("is refused for %s", (_given, text, says) => {
    expect(mistakesOf(text)).toEqual([at(says)]);
  });

  it("is told every mistake at once", () => {
    expect(mistakesOf(`${HEAD}  a: { type: x }\n  b: { type: y }\n`)).toHaveLength(2);
  });
});

describe("a contract without a mistake", () => {
  it.each(globSync("functions/*/contract.yml"))("may be %s", (file) => {
    expect(() => loadContract(file, readFileSync(file, "utf8"))).not.toThrow();
  });

  it("is read with its defaults and options", () => {
    const file = "functions/stripe-create-payment-intent/contract.yml";

    expect(loadContract(file, readFileSync(file, "utf8"))).toEqual({
      capabilityId: "stripe-create-payment-intent",
      provider: { type: "stripe", operation: "createPaymentIntent" },
      inputs: {
        amount: { type: "number", description: "Amount in cents" },
        currency: { type: "string", default: "usd" },
        customerId: { type: "string", optional: true },
        metadata: { type: "object", optional: true },
      },
      outputs: {
        paymentIntentId: { type: "string" },
        clientSecret: { type: "string" },
        status: { type: "string" },
      },
    });
  });
});
