/** Runs `npm run test:aws-endpoint`. */
import { spawnSync } from "node:child_process";
import { randomBytes } from "node:crypto";
import { DynamoDBClient } from "@aws-sdk/client-dynamodb";
import { SESClient } from "@aws-sdk/client-ses";
import { SFNClient } from "@aws-sdk/client-sfn";
import { SNSClient } from "@aws-sdk/client-sns";
import { SQSClient } from "@aws-sdk/client-sqs";
import { SSMClient } from "@aws-sdk/client-ssm";
import { Problem } from "../../lib/errors.ts";
import { LOCAL_CREDENTIALS } from "../../local/local-credentials.ts";
import type { Verdict } from "../command-line/command.ts";
import { showProgress } from "../progress-line.ts";
import { textTable } from "../text-table.ts";
import type { TestAwsEndpointAsked } from "./command.ts";
import { CONTROL_PROBES } from "./control-probes.ts";
import { DYNAMODB_PROBES } from "./dynamodb-probes.ts";
import { MESSAGING_PROBES } from "./messaging-probes.ts";
import { type ProbeClients, type Probed, probed } from "./probe.ts";

export const PROBES = [...DYNAMODB_PROBES, ...MESSAGING_PROBES, ...CONTROL_PROBES];
/** Its tests use a stack whose services are those of AWS_ENDPOINT_URL, if that is set. */
const SUITE = "test/system/local-stack.test.ts";
const LONGEST_CALL_MS = 20_000;

export async function runTestAwsEndpoint({ onlyFeatures }: TestAwsEndpointAsked): Promise<Verdict> {
  const endpoint = process.env.AWS_ENDPOINT_URL?.trim() ?? "";
  if (!URL.canParse(endpoint))
    throw new Problem(
      "BAD_REQUEST",
      "Set AWS_ENDPOINT_URL to the server that is tested, such as http://localhost:4566",
    );
  const found = await tryFeatures(endpoint);
  console.log(featureTable(found));
  const differing = found.filter(({ result }) => result === "DIFFERS").length;
  const missing = found.filter(({ result }) => result === "does not work");
  const needed = missing.filter(({ probe }) => probe.isForSuite).length;
  console.log(
    `\n${found.length - differing - missing.length} features work, ${missing.length} do not, ${differing} differ from AWS.`,
  );
  if (needed > 0) console.log(`The end-to-end suite needs ${needed} of those that do not work: skipped.`);
  const suite = onlyFeatures || needed > 0 ? "skipped" : runSuite();
  console.log(`End-to-end suite: ${suite}.`);
  return differing > 0 || suite === "failed" ? "something wrong" : "nothing wrong";
}

/** Tries all features at the server, one after the other. */
async function tryFeatures(endpoint: string): Promise<Probed[]> {
  const clients = clientsAt(endpoint);
  const run = randomBytes(4).toString("hex");
  const found: Probed[] = [];
  for (const [index, probe] of PROBES.entries()) {
    showProgress(`${probe.feature} ...`);
    found.push(await probed(probe, clients, `probe-${run}-${index}`));
  }
  showProgress("");
  for (const client of Object.values(clients)) client.destroy();
  return found;
}

function featureTable(found: readonly Probed[]): string {
  const rows = found.map(({ probe, result, reason }) => [probe.feature, probe.neededBy, result, reason]);
  return textTable([["FEATURE", "NEEDED BY", "RESULT", ""], ...rows]);
}

function clientsAt(endpoint: string): ProbeClients {
  const settings = {
    endpoint,
    region: "us-east-1",
    credentials: LOCAL_CREDENTIALS,
    maxAttempts: 1,
    requestHandler: { requestTimeout: LONGEST_CALL_MS, throwOnRequestTimeout: true },
  };
  return {
    dynamodb: new DynamoDBClient(settings),
    ses: new SESClient(settings),
    sfn: new SFNClient({ ...settings, disableHostPrefix: true }),
    sns: new SNSClient(settings),
    // A queue's URL can have a host name that only the server itself resolves.
    sqs: new SQSClient({ ...settings, useQueueUrlAsEndpoint: false }),
    ssm: new SSMClient(settings),
  };
}

function runSuite(): "passed" | "failed" {
  const { status } = spawnSync("jest", ["--config", "jest.system.config.js", "-i", SUITE], {
    stdio: "inherit",
  });
  return status === 0 ? "passed" : "failed";
}
