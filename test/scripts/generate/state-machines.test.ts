import { describe, expect, it } from "@jest/globals";
import {
  readPermissions,
  startPermissions,
  stateMachines,
} from "../../../scripts/generate/state-machines.ts";

const serverless = {
  resolveVariable: async (variable: string) => ({ "self:service": "payments", "sls:stage": "dev" })[variable],
};

describe("stepFunctions of serverless.yml", () => {
  it("has a standard state machine of that name for process-payment", async () => {
    const { stateMachines: machines } = await stateMachines(serverless);

    expect(machines).toMatchObject({
      ProcessPayment: {
        name: "payments-dev-process-payment",
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

  it("leaves CloudFormation no reference of ours to resolve", async () => {
    const text = JSON.stringify(await stateMachines(serverless));

    expect(text).toContain(`\${!input.customerEmail}`);
    expect(text).not.toMatch(/\$\{(?!!)/);
  });
});

describe("permissions", () => {
  const arn = (rest: string) => ({
    "Fn::Sub": `arn:\${AWS::Partition}:states:\${AWS::Region}:\${AWS::AccountId}:${rest}`,
  });

  it("to start name the state machines, and no other", async () => {
    expect(await startPermissions(serverless)).toEqual({
      Effect: "Allow",
      Action: "states:StartExecution",
      Resource: [arn("stateMachine:payments-dev-process-payment")],
    });
  });

  it("to read name the executions of these machines", async () => {
    expect(await readPermissions(serverless)).toMatchObject({
      Resource: [arn("execution:payments-dev-process-payment:*")],
    });
  });
});
