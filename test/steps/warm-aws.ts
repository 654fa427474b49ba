/**
 * DynamoDB, SQS, SNS and SES for one test file after the other. It runs outside the sandbox that Jest makes for each
 * file (see test/environment.js). So the emulators and the clients that fill them are loaded only once in each of Jest's
 * processes, which saves a second of CPU for each of sixty files. Every file gets empty emulators,
 * on new ports if the file before it used them.
 */

import { CONSUMED_QUEUES } from "../../lib/events/event-queues.ts";
import { type AwsNames, createEmptyQueues, createEmptyTables } from "../../local/empty-resources.ts";
import { type AwsEndpoints, type Emulators, startEmulators } from "../../local/emulators.ts";
import { TABLES } from "../../resources/tables.ts";

export type { AwsNames } from "../../local/empty-resources.ts";

export interface WarmAws {
  readonly endpoints: AwsEndpoints;
  /** The names and URLs of tables, queues and topic, as the functions read them from the environment. */
  readonly variables: Readonly<Record<string, string>>;
}

interface Made {
  /** The endpoint and the names of what was made. */
  readonly as: string;
  readonly variables: Promise<WarmAws["variables"]>;
}

let running: Emulators | undefined;
/** Of what the emulators contain. */
let named = "";
/** What a file did not use is for the next one. */
const made = new Map<"tables" | "queues", Made>();

/** Emulators that contain the tables of resources/tables.ts, the event queues and a topic, all empty. */
export async function freshAws(names: AwsNames): Promise<WarmAws> {
  const naming = JSON.stringify([TABLES.map(names.table), CONSUMED_QUEUES.map(names.queue), names.archive]);
  // A file that finds nothing of its own must find nothing of another one either.
  const ifUsed = naming === named;
  named = naming;
  running = await (running === undefined ? startEmulators() : running.renew({ ifUsed }));
  const { endpoints } = running;
  const [tables, queues] = await Promise.all([
    madeOnce("tables", [endpoints.dynamodb, ...TABLES.map(names.table)], () =>
      createEmptyTables(endpoints, names),
    ),
    madeOnce("queues", [endpoints.sqs, names.archive, ...CONSUMED_QUEUES.map(names.queue)], () =>
      createEmptyQueues(endpoints, names),
    ),
  ]);
  await running.settle();
  return { endpoints, variables: { ...tables, ...queues } };
}

function madeOnce(what: "tables" | "queues", names: readonly string[], make: () => Made["variables"]) {
  const as = names.join();
  const found = made.get(what);
  const current = found?.as === as ? found : { as, variables: make() };
  made.set(what, current);
  return current.variables;
}
