/**
 * DynamoDB, SQS, SNS and SES for one test file after the other. It runs outside the sandbox that Jest makes for each
 * file (see test/environment.js). So the emulators and the clients that fill them are loaded only once in each of Jest's
 * processes, which saves a second of CPU for each of sixty files. Every file gets empty emulators on new ports.
 */
import { type AwsNames, createEmptyResources } from "../../local/empty-resources.ts";
import { type AwsEndpoints, type Emulators, startEmulators } from "../../local/emulators.ts";

export type { AwsNames } from "../../local/empty-resources.ts";

export interface WarmAws {
  readonly endpoints: AwsEndpoints;
  /** The names and URLs of tables, queues and topic, as the functions read them from the environment. */
  readonly variables: Readonly<Record<string, string>>;
}

let running: Promise<Emulators> | undefined;

/** Emulators that contain the tables of resources/tables.ts, the event queues and a topic, all empty. */
export async function freshAws(names: AwsNames): Promise<WarmAws> {
  running = running === undefined ? startEmulators() : running.then((emulators) => emulators.renew());
  const { endpoints } = await running;
  return { endpoints, variables: await createEmptyResources(endpoints, names) };
}
