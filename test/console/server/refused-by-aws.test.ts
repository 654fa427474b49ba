import { describe, expect, it } from "@jest/globals";
import { Problem } from "../../../lib/errors.ts";
import { explained } from "../../../scripts/console/server/refused-by-aws.ts";

function denied(message: string, name = "AccessDeniedException"): Problem {
  const cause = Object.assign(new Error(message), { name });
  return new Problem("SERVICE_UNAVAILABLE", "DynamoDB did not complete the request", { cause });
}

describe("a refusal by AWS", () => {
  it("names the permission and the resource", () => {
    const message =
      "User: arn:aws:iam::111122223333:user/ada is not authorized to perform: dynamodb:Query on resource: arn:aws:dynamodb:us-east-1:111122223333:table/runs because no identity-based policy allows the dynamodb:Query action";
    expect(explained(denied(message))).toMatchObject({
      code: "FORBIDDEN",
      message: expect.stringContaining(
        "lacks the permission dynamodb:Query on arn:aws:dynamodb:us-east-1:111122223333:table/runs",
      ),
    });
  });

  it("without its usual words, it still is one", () => {
    expect(explained(denied("No."))).toMatchObject({ code: "FORBIDDEN" });
  });

  it.each([new Problem("NOT_FOUND", "There is no run x"), denied("Rate exceeded", "ThrottlingException")])(
    "anything else stays what it is",
    (problem) => {
      expect(explained(problem)).toBe(problem);
    },
  );
});
