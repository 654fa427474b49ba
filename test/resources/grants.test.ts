import { describe, expect, it } from "@jest/globals";
import { functionDefinitions } from "../../resources/functions.ts";
import { contracts } from "../steps/shipped-project.ts";

const DEFINITIONS = functionDefinitions(contracts);

describe("given the functions that send mails", () => {
  const senders = DEFINITIONS.filter(({ uses }) => uses.includes("mail"));

  it.each(senders.map((definition) => [definition.name, definition] as const))(
    "%s can send to every identity of this account and region, but only from EMAIL_FROM",
    (_, { statements, configuration: { environment } }) => {
      const [statement, ...others] = statements.filter(({ Action }) => Action.includes("ses:SendEmail"));
      expect(others).toEqual([]);
      // SES also checks the recipient's identity if the account has verified it, as it must in the sandbox.
      expect(statement?.Resource).toContainEqual({
        "Fn::Sub": `arn:\${AWS::Partition}:ses:\${AWS::Region}:\${AWS::AccountId}:identity/*`,
      });
      expect(statement?.Condition).toEqual({
        StringEquals: { "ses:FromAddress": environment.EMAIL_FROM },
      });
    },
  );
});
