/** The shipped workflows on Step Functions of this process: with the real functions, the Stripe emulator and the mailbox. */

import { randomUUID } from "node:crypto";
import { DescribeExecutionCommand, SFNClient } from "@aws-sdk/client-sfn";
import { handler as getRun } from "../../functions/get-workflow-run/handler.ts";
import { handler as startRun } from "../../functions/start-workflow-run/handler.ts";
import { handler as waitForEvent } from "../../functions/wait-for-event/handler.ts";
import { queueOf } from "../../lib/events/event-queues.ts";
import type { TaskEvent } from "../../lib/transport/task-event.ts";
import type { WaitEvent } from "../../lib/transport/wait.ts";
import { invocationOf } from "../../local/lambda/invocation.ts";
import { waitFor } from "../../local/stack-client.ts";
import {
  executionArn,
  MACHINE_ARN_PREFIX,
  workflowMachine,
} from "../../local/step-functions/workflow-machine.ts";
import { startStepFunctions } from "../../local/step-functions.ts";
import { loadProject } from "../../scripts/generate/load-project.ts";
import { consumerOf } from "./consuming.ts";
import { failingMailbox } from "./failing-mailbox.ts";
import { httpEvent, lambdaContext, startedAws } from "./given.ts";
import { sqsRecord } from "./sqs-record.ts";
import { type StripeShop, stripeShop } from "./stripe-shop.ts";

const { workflows } = loadProject();

const _EXECUTIONS = "arn:aws:states:us-east-1:000000000000:execution:";

export interface RunDocument {
  readonly status: string;
  readonly steps: readonly {
    readonly id: string;
    readonly status: string;
    readonly error?: { readonly code: string };
  }[];
  readonly output?: Readonly<Record<string, Readonly<Record<string, unknown>>>>;
  readonly error?: { readonly code: string; readonly step?: string; readonly message: string };
}

export interface RunningWorkflows extends StripeShop {
  /** Starts a run over HTTP, and returns its id. */
  start(workflowId: string, input: object): Promise<string>;
  read(workflowId: string, runId: string): Promise<RunDocument>;
  /** Waits until the step has this status. */
  step(workflowId: string, runId: string, step: string, status: string): Promise<RunDocument>;
  ended(workflowId: string, runId: string): Promise<RunDocument>;
  /** Delivers what Stripe has told since the last time. */
  deliver(): Promise<void>;
  /** Lets the timeouts of waits end that are due. */
  endDue(): void;
  /** The subjects of the mails to this address. */
  mailsTo(address: string): Promise<readonly string[]>;
  /** Makes SES refuse the recipient of the next mail. */
  refuseNextMail(): void;
}

/** Starts everything. Close it after the tests. */
export async function runningWorkflows(): Promise<RunningWorkflows> {
  await startedAws();
  const shop = await stripeShop();
  const machines = workflows.map(workflowMachine);
  const invoke = (name: string, payload: unknown) =>
    invocationOf(async () => {
      const event: TaskEvent & WaitEvent = JSON.parse(JSON.stringify(payload));
      const handler =
        name === "wait-for-event"
          ? waitForEvent
          : (await import(`../../generated/handlers/${name}.ts`)).handler;
      return handler(event, lambdaContext(20_000));
    });
  const stepFunctions = await startStepFunctions({ region: "us-east-1", machines, invoke });
  Object.assign(process.env, {
    AWS_ENDPOINT_URL_SFN: stepFunctions.url,
    STATE_MACHINE_ARN_PREFIX: MACHINE_ARN_PREFIX,
    ADMIN_EMAIL: "owner@example.com",
  });
  const mailbox = await failingMailbox();
  const sfn = new SFNClient({});
  let told = 0;
  const responseOf = async (response: unknown) => {
    const { statusCode, body } = JSON.parse(JSON.stringify(response));
    if (statusCode >= 300) throw new Error(`${statusCode}: ${body}`);
    return JSON.parse(body);
  };
  const read = async (workflowId: string, runId: string): Promise<RunDocument> =>
    responseOf(
      await getRun(
        httpEvent({ method: "GET", pathParameters: { workflowId, runId } }),
        lambdaContext(20_000),
      ),
    );
  return {
    ...shop,
    read,
    async start(workflowId, input) {
      const headers = { "idempotency-key": randomUUID() };
      const event = httpEvent({ pathParameters: { workflowId }, headers, body: input });
      return (await responseOf(await startRun(event, lambdaContext(20_000)))).runId;
    },
    step: (workflowId, runId, step, status) =>
      waitFor(`${step} of ${workflowId} to be ${status}`, async () => {
        const run = await read(workflowId, runId);
        if (run.steps.find(({ id }) => id === step)?.status === status) return run;
        if (run.status === "running") return undefined;
        throw new Error(`The run has ended: ${JSON.stringify(run)}`);
      }),
    ended: (workflowId, runId) =>
      waitFor(`run ${runId} of ${workflowId} to end`, async () => {
        const command = new DescribeExecutionCommand({ executionArn: executionArn(workflowId, runId) });
        const { status } = await sfn.send(command);
        return status === "RUNNING" ? undefined : read(workflowId, runId);
      }),
    async deliver() {
      const events = await shop.events(told);
      told += events.length;
      for (const event of events) {
        const queue = queueOf(event.type);
        // No wait can be for an event without a consumer.
        if (queue === "unrouted") continue;
        const consume = await consumerOf(queue);
        const { batchItemFailures } = await consume(
          { Records: [sqsRecord(queue, JSON.stringify(event))] },
          lambdaContext(20_000),
        );
        if (batchItemFailures.length > 0) throw new Error(`${event.type} was not consumed`);
      }
    },
    endDue: () => stepFunctions.tokens.endDue(),
    async mailsTo(address) {
      const mails = await mailbox.mails();
      return mails
        .filter(({ destination }) => destination.to.includes(address))
        .map(({ subject }) => subject);
    },
    refuseNextMail: () => mailbox.fail("refused"),
    async close() {
      sfn.destroy();
      await stepFunctions.close();
      await mailbox.close();
      await shop.close();
    },
  };
}
