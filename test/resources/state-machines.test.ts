import { describe, expect, it } from "@jest/globals";
import { stateMachines } from "../../resources/state-machines.ts";

describe("stepFunctions of serverless.yml", () => {
  it("has a standard state machine of that name for process-payment", () => {
    const { stateMachines: machines } = stateMachines();

    expect(machines).toMatchObject({
      ProcessPayment: {
        name: `\${self:service}-\${sls:stage}-process-payment`,
        type: "STANDARD",
        definition: {
          States: {
            "create-customer": {
              Resource: { "Fn::GetAtt": ["StripeDashcreateDashcustomerLambdaFunction", "Arn"] },
            },
          },
        },
      },
    });
  });

  it("escapes our own references, so CloudFormation resolves its own variables only", () => {
    const definitions = Object.values(stateMachines().stateMachines).map(({ definition }) => definition);
    const text = JSON.stringify(definitions);

    expect(text).toContain(`\${!input.customerEmail}`);
    expect(text).not.toMatch(/\$\{(?!!|AWS::)/);
  });
});
