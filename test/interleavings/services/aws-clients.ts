/**
 * The AWS SDK's packages as the code under test imports them. A client's `send` is a request through the simulated network, which it
 * repeats as the SDK does: after a broken connection, a timeout or a throttle, up to its number of attempts.
 */
import { LIMITS } from "../../../lib/aws/timeouts.ts";
import { type Network, NoResponse, type Sender } from "../world/network.ts";
import { type Caller, ConditionFailed, type Input, type SimulatedDynamoDB } from "./dynamodb/dynamodb.ts";
import type { Mailbox } from "./mailbox.ts";
import type { SimulatedQueues } from "./queues.ts";
import type { Topic } from "./topic.ts";

export interface AwsServices {
  readonly dynamodb: SimulatedDynamoDB;
  readonly queues: SimulatedQueues;
  readonly topic: Topic;
  readonly mailbox: Mailbox;
}

/** Our own module for services without a client, as modules of lib/aws import it. */
const SIGNED_REQUEST = "./signed-request.ts";

export const AWS_PACKAGES = [
  "@aws-sdk/client-dynamodb",
  "@aws-sdk/client-sqs",
  "@aws-sdk/client-ses",
  SIGNED_REQUEST,
] as const;

/** Where a client's requests come from and go to. */
export interface Place {
  readonly sender: Sender;
  readonly network: Network;
  readonly services: AwsServices;
}

/** The packages for one copy of the code, which is in one place after the other. */
export function awsModules(place: () => Place): Map<string, unknown> {
  const client = (service: keyof typeof LIMITS, perform: Perform) => clientOf(place, service, perform);
  return new Map<string, unknown>([
    [
      "@aws-sdk/client-dynamodb",
      {
        DynamoDBClient: client("dynamodb", ({ dynamodb }, operation, input, by) =>
          dynamodb.run(operation, input, by),
        ),
        ConditionalCheckFailedException: ConditionFailed,
        ...commands("GetItem", "PutItem", "UpdateItem", "DeleteItem", "BatchGetItem", "Query", "Scan"),
        paginateScan: () => {
          throw new Error("No function scans a table");
        },
      },
    ],
    [
      "@aws-sdk/client-sqs",
      {
        SQSClient: client("sqs", ({ queues }, operation, input) => queues.run(operation, input)),
        ...commands(
          "SendMessage",
          "ChangeMessageVisibility",
          "DeleteMessage",
          "GetQueueUrl",
          "ReceiveMessage",
        ),
      },
    ],
    [
      "@aws-sdk/client-ses",
      {
        SESClient: client("ses", ({ mailbox }, _, input) => mailbox.accept(input)),
        SESServiceException: Throttled,
        ...commands("SendEmail"),
      },
    ],
    [SIGNED_REQUEST, { callAws: (action: string, input: object) => callAws(place, action, input) }],
  ]);
}

type Perform = (services: AwsServices, operation: string, input: object, by: Caller) => object;

/** The operations that have no client: of SNS; the simulation has no workflows, and its secrets are in the environment. */
function callAws(place: () => Place, action: string, input: object): Promise<object> {
  if (action !== "sns:Publish") throw new Error(`${action} is not simulated`);
  return sent(place(), "sns", ({ topic }, _, published) => topic.publish(published), {
    operation: "Publish",
    input,
  });
}

/** A service's refusal for now, as the SDK shows it. */
class Throttled extends Error {
  override name = "Throttling";
  readonly $metadata = { httpStatusCode: 400, requestId: "simulated" };
}

class Command {
  readonly operation: string;
  readonly input: object;
  constructor(operation: string, input: object) {
    this.operation = operation;
    this.input = input;
  }
}

function commands(...operations: readonly string[]): Record<string, unknown> {
  return Object.fromEntries(
    operations.map((operation) => [
      `${operation}Command`,
      class extends Command {
        constructor(input: object) {
          super(operation, input);
        }
      },
    ]),
  );
}

function clientOf(place: () => Place, service: keyof typeof LIMITS, perform: Perform) {
  return class {
    readonly middlewareStack = { remove: () => true };

    send(command: Command): Promise<object> {
      return sent(place(), service, perform, command);
    }
  };
}

async function sent(
  { sender, network, services }: Place,
  service: keyof typeof LIMITS,
  perform: Perform,
  { operation, input }: Command,
): Promise<object> {
  const { maxAttempts, requestMs } = LIMITS[service];
  const by = { work: sender.work, now: sender.now };
  const request = {
    name: nameOf(operation, input),
    service,
    patienceMs: requestMs,
    effect: () => perform(services, operation, input, by),
  };
  for (let attempt = 1; ; attempt += 1) {
    try {
      return await network.send(sender, request);
    } catch (thrown) {
      if (!(thrown instanceof NoResponse)) throw thrown;
      if (attempt === maxAttempts) throw thrown.kind === "throttled" ? new Throttled("Slow down") : thrown;
    }
  }
}

function nameOf(
  operation: string,
  { TableName, Key, Item, QueueUrl }: Input & { readonly QueueUrl?: string },
): string {
  const key = Object.values(Key ?? {})
    .map(({ S, N }) => (S ?? N ?? "").slice(0, 24))
    .join(" ");
  const [id] = Object.values(Item ?? {});
  return [operation, TableName ?? QueueUrl?.split("/").at(-1), key || id?.S?.slice(0, 24)]
    .filter(Boolean)
    .join(" ");
}
