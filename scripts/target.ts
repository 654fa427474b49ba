/**
 * Selects the target of an operator's command: the running local stack, or with `--stage <stage>` a deployed stage,
 * with the AWS credentials of the shell. Sets the environment that lib/ reads, so call it before using anything of
 * lib/.
 */
import { readFileSync } from "node:fs";
import { parse } from "yaml";
import { queueUrlOf } from "../lib/aws/sqs.ts";
import { Problem } from "../lib/errors.ts";
import { EVENT_QUEUES, queueUrlVariable } from "../lib/events/event-queues.ts";
import type { SecretName } from "../lib/secrets/secrets.ts";
import { LOCAL_ACCOUNT_ID } from "../local/local-credentials.ts";
import { type StackSettings, stackSettings, withDotEnv } from "../local/settings.ts";
import {
  claimedRegion,
  DEFAULT_REGION,
  regionClaims,
  regionDisagreement,
} from "../resources/stage-region.ts";
import { readStageFile } from "../resources/stage-settings.ts";
import { TABLES, tableName, tableVariable } from "../resources/tables.ts";
import type { Target } from "./command-line/command.ts";

const LOCAL_STAGE = "dev";

/**
 * Sets the region, table names and, for the local stack, endpoints and secrets. The region of a stage is the one in its
 * settings; throws BAD_REQUEST if --region or this shell names another one. On a stage, `secrets` are read from its SSM
 * parameters; Stripe's key is never read from this shell, because it may belong to another account.
 */
export function selectTarget(
  { stage, region }: Target,
  secrets: readonly SecretName[] = ["APP_SECRET"],
): void {
  if (stage === undefined) Object.assign(process.env, localSettings(region).functionEnvironment);
  else delete process.env.STRIPE_SECRET_KEY;
  Object.assign(process.env, {
    AWS_REGION:
      stage === undefined
        ? (region ?? (process.env.AWS_REGION || DEFAULT_REGION))
        : stageRegion(stage, region),
    STAGE: stage ?? LOCAL_STAGE,
    SECRETS: secrets.join(" "),
    ...namesOf(stage ?? LOCAL_STAGE),
  });
}

function stageRegion(stage: string, option: string | undefined): string {
  const claims = regionClaims(readStageFile(stage), process.env, { option });
  const disagreement = regionDisagreement(stage, claims);
  if (disagreement !== undefined) throw new Problem("BAD_REQUEST", disagreement);
  return claimedRegion(claims);
}

function localSettings(region: string | undefined): StackSettings {
  const environment = withDotEnv(process.env, process.cwd());
  return stackSettings(environment, {
    stage: LOCAL_STAGE,
    region: region ?? (environment.AWS_REGION || DEFAULT_REGION),
  });
}

/** Sets the URLs of the event queues. Throws SERVICE_UNAVAILABLE when SQS does not know one of them. */
export async function selectQueues({ stage }: Target): Promise<void> {
  const { service } = serviceFile();
  for (const queue of EVENT_QUEUES) {
    const name = `${service}-${stage ?? LOCAL_STAGE}-${queue}-events`;
    // The URLs that the local SQS returns have a host name that only its own resolver knows.
    process.env[queueUrlVariable(queue)] =
      stage === undefined
        ? `${process.env.AWS_ENDPOINT_URL_SQS}/${LOCAL_ACCOUNT_ID}/${name}`
        : await queueUrlOf(name);
  }
}

/** Variables that the stage's functions have in their environment: the tables' names and the path of their secrets. */
function namesOf(stage: string): Record<string, string> {
  const { service } = serviceFile();
  return {
    ...Object.fromEntries(TABLES.map((table) => [tableVariable(table), tableName(table, service, stage)])),
    SECRETS_PATH: `/${service}/${stage}`,
  };
}

function serviceFile() {
  return parse(readFileSync("serverless.yml", "utf8").replaceAll(/!(Sub|Ref|GetAtt)/g, ""));
}
