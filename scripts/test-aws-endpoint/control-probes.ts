/** SSM and Step Functions, as secrets and workflows use them. The local stack has its own of both. */

import { setTimeout as pause } from "node:timers/promises";
import {
  CreateStateMachineCommand,
  DeleteStateMachineCommand,
  DescribeExecutionCommand,
  SendTaskSuccessCommand,
  type SFNClient,
  StartExecutionCommand,
} from "@aws-sdk/client-sfn";
import { CreateQueueCommand, DeleteQueueCommand, ReceiveMessageCommand } from "@aws-sdk/client-sqs";
import { DeleteParameterCommand, GetParametersCommand, PutParameterCommand } from "@aws-sdk/client-ssm";
import { Differs, expectSame, type Probe } from "./probe.ts";

const POLL_MS = 200;
const POLLS = 50;
const ROLE = "arn:aws:iam::000000000000:role/probe";
const SEND = "arn:aws:states:::sqs:sendMessage";

async function started(
  sfn: SFNClient,
  name: string,
  states: object,
): Promise<{ machine: string; run: string }> {
  const definition = JSON.stringify({ StartAt: "First", States: states });
  const { stateMachineArn: machine = "" } = await sfn.send(
    new CreateStateMachineCommand({ name, definition, roleArn: ROLE }),
  );
  const { executionArn: run = "" } = await sfn.send(
    new StartExecutionCommand({ stateMachineArn: machine, input: "{}" }),
  );
  return { machine, run };
}

/** The status and the output when it has ended. Throws an Error if it does not end: the server keeps executions, and does not run them. */
async function ended(sfn: SFNClient, executionArn: string): Promise<{ status: string; output: string }> {
  for (let poll = 0; poll < POLLS; poll += 1) {
    const { status = "", output = "" } = await sfn.send(new DescribeExecutionCommand({ executionArn }));
    if (status !== "RUNNING") return { status, output };
    await pause(POLL_MS);
  }
  throw new Error(`an execution is still RUNNING after ${(POLLS * POLL_MS) / 1000} s`);
}

export const CONTROL_PROBES: readonly Probe[] = [
  {
    feature: "SSM: SecureString",
    neededBy: "secrets of a deployed stage",
    isForSuite: false,
    run: async ({ ssm }, name) => {
      const Name = `/${name}/SECRET`;
      await ssm.send(new PutParameterCommand({ Name, Value: "open sesame", Type: "SecureString" }));
      try {
        const read = async (WithDecryption: boolean) =>
          (await ssm.send(new GetParametersCommand({ Names: [Name, `${Name}2`], WithDecryption })))
            .Parameters ?? [];
        const decrypted = await read(true);
        expectSame(
          "the parameters that exist",
          decrypted.map(({ Value }) => Value),
          ["open sesame"],
        );
        expectSame("the type", decrypted[0]?.Type, "SecureString");
        if ((await read(false))[0]?.Value === "open sesame")
          throw new Differs("the value is shown without decryption, and on AWS it is encrypted");
      } finally {
        await ssm.send(new DeleteParameterCommand({ Name }));
      }
    },
  },
  {
    feature: "Step Functions: task tokens",
    neededBy: "steps that wait for an event",
    isForSuite: false,
    run: async ({ sfn, sqs }, name) => {
      const { QueueUrl } = await sqs.send(new CreateQueueCommand({ QueueName: name }));
      const { machine, run } = await started(sfn, name, {
        First: {
          Type: "Task",
          Resource: `${SEND}.waitForTaskToken`,
          Parameters: { QueueUrl, MessageBody: { "token.$": "$$.Task.Token" } },
          End: true,
        },
      });
      try {
        const { Messages: [message] = [] } = await sqs.send(
          new ReceiveMessageCommand({ QueueUrl, WaitTimeSeconds: 5 }),
        );
        if (message === undefined) throw new Error("the step does not send the message with its token");
        const taskToken = String(JSON.parse(message.Body ?? "{}").token);
        await sfn.send(new SendTaskSuccessCommand({ taskToken, output: '{"paid":true}' }));
        expectSame("the run", await ended(sfn, run), { status: "SUCCEEDED", output: '{"paid":true}' });
      } finally {
        await sfn.send(new DeleteStateMachineCommand({ stateMachineArn: machine }));
        await sqs.send(new DeleteQueueCommand({ QueueUrl }));
      }
    },
  },
  {
    feature: "Step Functions: retries, then a catch",
    neededBy: "retry and onFailure of workflows",
    isForSuite: false,
    run: async ({ sfn }, name) => {
      const { machine, run } = await started(sfn, name, {
        First: {
          Type: "Task",
          Resource: SEND,
          Parameters: { QueueUrl: `http://127.0.0.1:1/000000000000/${name}`, MessageBody: "to nowhere" },
          Retry: [{ ErrorEquals: ["States.ALL"], MaxAttempts: 1, IntervalSeconds: 1 }],
          Catch: [{ ErrorEquals: ["States.ALL"], Next: "Caught" }],
          End: true,
        },
        Caught: { Type: "Pass", Result: { caught: true }, End: true },
      });
      try {
        expectSame("the run", await ended(sfn, run), { status: "SUCCEEDED", output: '{"caught":true}' });
      } finally {
        await sfn.send(new DeleteStateMachineCommand({ stateMachineArn: machine }));
      }
    },
  },
];
