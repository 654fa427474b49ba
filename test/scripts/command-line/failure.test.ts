import { describe, expect, it } from "@jest/globals";
import { SourceError } from "../../../lib/compiler/source/source-issue.ts";
import { invalidField, Problem } from "../../../lib/errors.ts";
import { LocalStackError } from "../../../local/ports.ts";
import { describeFailure } from "../../../scripts/command-line/failure.ts";

const LOCAL = {
  AWS_ENDPOINT_URL_DYNAMODB: "http://127.0.0.1:8000",
  STRIPE_API_BASE: "http://127.0.0.1:12111",
  API_KEYS_TABLE: "shop-dev-api-keys",
};
const DEPLOYED = { AWS_REGION: "eu-central-1", API_KEYS_TABLE: "shop-prod-api-keys" };
const refused = Object.assign(new Error("connect ECONNREFUSED"), { name: "NetworkError" });
const unavailable = (message: string) => new Problem("SERVICE_UNAVAILABLE", message, { cause: refused });

describe("given an error that stopped a command", () => {
  it.each<[string, unknown, string]>([
    ["a mistake of the caller", invalidField("--limit", "must be a number"), "--limit must be a number"],
    ["a port that is in use", new LocalStackError("Port 3000 is in use"), "Port 3000 is in use"],
    [
      "a mistake in a source",
      new SourceError([{ file: "policies/a.yml", line: 3, column: 5, message: "unknown key" }]),
      "policies/a.yml:3:5 unknown key",
    ],
  ])("%s is described by its own message", (_what, thrown, text) => {
    expect(describeFailure(thrown, {}, {})).toBe(text);
  });

  it("a refusal by Stripe names Stripe's code", () => {
    const cause = Object.assign(new Error("400 url_invalid"), { name: "StripeInvalidRequestError" });
    const problem = new Problem("VALIDATION_FAILED", "Stripe refuses these values", { cause });
    expect(describeFailure(problem, {}, LOCAL)).toBe(
      "Stripe refuses these values: StripeInvalidRequestError: 400 url_invalid",
    );
  });

  it("a service that does not respond is described with its endpoint, the cause and what to do", () => {
    const dynamodb = unavailable("DynamoDB did not complete the request");
    expect(describeFailure(dynamodb, {}, LOCAL)).toBe(
      `DynamoDB did not complete the request: NetworkError: connect ECONNREFUSED
Called: DynamoDB, http://127.0.0.1:8000, tables shop-dev-*
Is the local stack running (npm start)? For a deployed stage, name it with --stage.`,
    );
    expect(describeFailure(dynamodb, { stage: "prod" }, DEPLOYED)).toBe(
      `DynamoDB did not complete the request: NetworkError: connect ECONNREFUSED
Called: DynamoDB, in eu-central-1, tables shop-prod-*
Is prod deployed in that region (--region), and does this shell have AWS credentials for its account?`,
    );
    expect(
      describeFailure(unavailable("Stripe could not be reached"), { stage: "prod" }, DEPLOYED),
    ).toContain("Called: Stripe, https://api.stripe.com\nIs the Stripe key of the stage prod right?");
  });

  it("a server that AWS_ENDPOINT_URL names is described with what starts it", () => {
    const url = "http://localhost:4566";
    const environment = { ...LOCAL, AWS_ENDPOINT_URL_DYNAMODB: url, AWS_ENDPOINT_URL_SQS: url };
    expect(describeFailure(unavailable("DynamoDB did not complete the request"), {}, environment)).toContain(
      `Called: DynamoDB, ${url}, tables shop-dev-*
Is the server at AWS_ENDPOINT_URL=${url} running (docker compose up -d), and has npm start been run with it?`,
    );
  });

  it("an unexpected exception is one line without a stack; DEBUG shows where it happened", () => {
    const thrown = new TypeError("cannot read x of sk_test_51abc\nof ada@example.com");
    expect(describeFailure(thrown, {}, {})).toBe(
      "Unexpected error: TypeError: cannot read x of [key]\nRun it again with DEBUG=1 to see where it happened.",
    );
    expect(describeFailure(thrown, {}, { DEBUG: "1" })).toMatch(/\n {4}at .*failure\.test\.ts/);
  });

  it.each<[string, unknown]>([
    ["the message of a problem", new Problem("BAD_REQUEST", "not csk_leaked")],
    [
      "the cause of a problem",
      new Problem("BAD_GATEWAY", "Stripe failed", { cause: new Error("for csk_leaked") }),
    ],
    ["an exception", new Error("no csk_leaked")],
    ["a thrown text", "csk_leaked"],
  ])("%s is scrubbed, with DEBUG, too", (_what, thrown) => {
    for (const environment of [{}, { DEBUG: "1" }])
      expect(describeFailure(thrown, {}, environment)).not.toContain("csk_leaked");
  });
});
