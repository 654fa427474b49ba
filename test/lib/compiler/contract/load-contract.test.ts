import { globSync, readFileSync } from "node:fs";
import { describe, expect, it } from "@jest/globals";
import { parse } from "yaml";
import { loadContract } from "../../../../lib/compiler/contract/load-contract.ts";
import { SourceError } from "../../../../lib/compiler/source/source-issue.ts";

interface Mistake {
  readonly given: string;
  /** The whole file, or only its inputs. */
  readonly contract?: string;
  readonly inputs?: string;
  readonly says: readonly string[];
}

const HEAD = `capabilityId: make-report
version: 1.0.0
provider:
  type: stripe
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

  it.each(mistakes)(
    "is refused for $given, with file, line and column",
    ({ contract, inputs = "", says }) => {
      const indented = inputs.replace(/^(?=.)/gm, "  ");

      expect(mistakesOf(contract ?? HEAD + indented)).toEqual(says.map(at));
    },
  );
});

describe("a contract without a mistake", () => {
  it.each(globSync("functions/*/contract.yml"))("is accepted: %s", (file) => {
    expect(() => loadContract(file, readFileSync(file, "utf8"))).not.toThrow();
  });

  it("is read with its defaults and options", () => {
    const file = "functions/stripe-create-payment-intent/contract.yml";

    expect(loadContract(file, readFileSync(file, "utf8"))).toEqual({
      capabilityId: "stripe-create-payment-intent",
      description: "Creates a payment, which the payer makes on the pay page or in a form of your own",
      area: "payments",
      provider: {
        type: "stripe",
        operation: "createPaymentIntent",
      },
      inputs: {
        amount: {
          type: "number",
          description: "Amount in cents",
        },
        currency: {
          type: "string",
          default: "usd",
        },
        customerId: {
          type: "string",
          optional: true,
        },
        metadata: {
          type: "object",
          optional: true,
        },
        description: {
          type: "string",
          description: "What is paid for; the payer reads it",
          optional: true,
          maxLength: 1000,
          sensitive: true,
        },
        receiptEmail: {
          type: "string",
          description: "Where Stripe sends a receipt once the payment has succeeded",
          optional: true,
          sensitive: true,
        },
        captureMethod: {
          type: "string",
          description: "manual: the amount is only reserved until stripe-capture-payment-intent takes it",
          optional: true,
          enum: ["automatic", "manual"],
        },
        saveCard: {
          type: "boolean",
          description:
            "Keeps the payment method for later payments of this customer, who need not be present then",
          optional: true,
        },
        returnUrl: {
          type: "string",
          description: "Where the payer goes after the pay page",
          optional: true,
          sensitive: true,
        },
      },
      outputs: {
        paymentIntentId: {
          type: "string",
        },
        clientSecret: {
          type: "string",
        },
        status: {
          type: "string",
        },
        payUrl: {
          type: "string",
          description: "The pay page for this payment: anyone who has the link can pay",
          optional: true,
          sensitive: true,
        },
      },
      example: {
        amount: 4200,
        currency: "usd",
        customerId: "cus_ada",
        description: "Order 1042",
        metadata: { orderId: "1042" },
      },
      notifications: [
        "payment.succeeded",
        "payment.failed",
        "payment.processing",
        "payment.action_required",
        "payment.authorized",
        "payment.canceled",
      ],
    });
  });
});
