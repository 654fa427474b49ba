/** The AWS services that have an emulator on this machine: DynamoDB, SQS, SNS and S3, SES. */
import { startDynamoDb } from "./dynamodb.ts";
import type { EmulatorOptions, EmulatorThread } from "./emulator-thread.ts";
import { startMailbox } from "./mailbox.ts";
import { startQueues } from "./queues.ts";

/** The URL of each service; some can share one. */
export interface AwsEndpoints {
  readonly dynamodb: string;
  readonly sqs: string;
  readonly sns: string;
  readonly ses: string;
  readonly s3: string;
}

export interface Emulators {
  readonly endpoints: AwsEndpoints;
  /** Starts again, empty and on other ports; with `ifUsed` only those that have received a request since they were settled. */
  renew(options: { readonly ifUsed: boolean }): Promise<Emulators>;
  /** What they contain now is what `renew` leaves in those that nobody uses. */
  settle(): Promise<void>;
  close(): Promise<void>;
}

/** Starts all of them, by default on ports that the system chooses. If one does not start, none is left running. */
export async function startEmulators(
  options: { dynamodbPort?: number; sqsPort?: number; mailboxPort?: number } & Omit<
    EmulatorOptions,
    "port"
  > = {},
): Promise<Emulators> {
  const { dynamodbPort = 0, sqsPort = 0, mailboxPort = 0, ...shared } = options;
  const starting = [
    startDynamoDb({ port: dynamodbPort, ...shared }),
    startQueues({ port: sqsPort, ...shared }),
    startMailbox({ port: mailboxPort, ...shared }),
  ] as const;
  const settled = await Promise.allSettled(starting);
  const started = settled.flatMap((outcome): EmulatorThread[] =>
    outcome.status === "fulfilled" ? [outcome.value] : [],
  );
  const close = async () => {
    await Promise.all(started.map((emulator) => emulator.close()));
  };
  try {
    const [dynamodb, queues, mailbox] = await Promise.all(starting);
    return await emulatorsOf(dynamodb, queues, mailbox);
  } catch (error) {
    await close();
    throw error;
  }
}

async function emulatorsOf(
  dynamodb: EmulatorThread,
  queues: EmulatorThread,
  mailbox: EmulatorThread,
): Promise<Emulators> {
  // SES publishes to SNS.
  await fetch(`${mailbox.url}/_sns`, { method: "PUT", body: queues.url });
  const all = [dynamodb, queues, mailbox];
  return {
    endpoints: { dynamodb: dynamodb.url, sqs: queues.url, sns: queues.url, ses: mailbox.url, s3: queues.url },
    renew: async (options) =>
      emulatorsOf(
        ...(await Promise.all([dynamodb.renew(options), queues.renew(options), mailbox.renew(options)])),
      ),
    settle: async () => {
      await Promise.all(all.map((emulator) => emulator.settle()));
    },
    close: async () => {
      await Promise.all(all.map((emulator) => emulator.close()));
    },
  };
}
