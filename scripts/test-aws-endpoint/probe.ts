/** One feature of AWS, tried on a server. */
import type { DynamoDBClient } from "@aws-sdk/client-dynamodb";
import type { SESClient } from "@aws-sdk/client-ses";
import type { SFNClient } from "@aws-sdk/client-sfn";
import type { SNSClient } from "@aws-sdk/client-sns";
import type { SQSClient } from "@aws-sdk/client-sqs";
import type { SSMClient } from "@aws-sdk/client-ssm";

export interface ProbeClients {
  readonly dynamodb: DynamoDBClient;
  readonly ses: SESClient;
  readonly sfn: SFNClient;
  readonly sns: SNSClient;
  readonly sqs: SQSClient;
  readonly ssm: SSMClient;
}

export interface Probe {
  readonly feature: string;
  readonly neededBy: string;
  /** Whether the local stack takes it from AWS_ENDPOINT_URL, so that the end-to-end suite needs it. */
  readonly isForSuite: boolean;
  /** Throws Differs for another behaviour than AWS's, and the client's error for a feature that is missing. */
  readonly run: (clients: ProbeClients, name: string) => Promise<void>;
}

/** The server did something, and not what AWS does. The message says what. */
export class Differs extends Error {
  override readonly name = "Differs";
}

/** Throws Differs unless `actual` is `expected`. */
export function expectSame(what: string, actual: unknown, expected: unknown): void {
  if (JSON.stringify(actual) === JSON.stringify(expected)) return;
  throw new Differs(`${what}: ${JSON.stringify(actual)}, and on AWS ${JSON.stringify(expected)}`);
}

/** The name of the error of a call; "success" if it succeeds. */
export async function outcomeOf(call: Promise<unknown>): Promise<string> {
  return call.then(
    () => "success",
    (thrown: unknown) => (thrown instanceof Error ? thrown.name : String(thrown)),
  );
}

export type Result = "works" | "does not work" | "DIFFERS";

export interface Probed {
  readonly probe: Probe;
  readonly result: Result;
  /** Why, for results other than "works". */
  readonly reason: string;
}

/** Tries a feature under a name of its own. Never throws. */
export async function probed(probe: Probe, clients: ProbeClients, name: string): Promise<Probed> {
  try {
    await probe.run(clients, name);
    return { probe, result: "works", reason: "" };
  } catch (thrown) {
    const message = thrown instanceof Error ? (thrown.message.split("\n")[0] ?? "") : String(thrown);
    if (thrown instanceof Differs) return { probe, result: "DIFFERS", reason: message };
    const kind = thrown instanceof Error && thrown.name !== "Error" ? `${thrown.name}: ` : "";
    return { probe, result: "does not work", reason: `${kind}${message}`.slice(0, 120) };
  }
}
