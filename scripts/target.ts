/**
 * Selects the target of an operator's command: the running local stack, or with `--stage <stage>` a deployed stage,
 * with the AWS credentials of the shell. Sets the environment that lib/ reads, so call it before using anything of
 * lib/.
 */
import { readFileSync } from "node:fs";
import { GetCallerIdentityCommand, STSClient } from "@aws-sdk/client-sts";
import { parse } from "yaml";
import { queueUrlOf } from "../lib/aws/sqs.ts";
import { readParameters } from "../lib/aws/ssm.ts";
import { Problem } from "../lib/errors.ts";
import { CONSUMED_QUEUES, queueUrlVariable } from "../lib/events/event-queues.ts";
import type { SecretName } from "../lib/secrets/secrets.ts";
import { fieldsOf } from "../lib/untrusted.ts";
import { LOCAL_ACCOUNT_ID } from "../local/local-credentials.ts";
import { type StackSettings, stackSettings, withDotEnv } from "../local/settings.ts";
import { ARCHIVE_NAME, localArchiveName } from "../resources/archive-bucket.ts";
import {
  claimedRegion,
  DEFAULT_REGION,
  regionClaims,
  regionDisagreement,
} from "../resources/stage-region.ts";
import { readStageFile } from "../resources/stage-settings.ts";
import {
  localTableName,
  TABLES,
  type Table,
  tableNamesParameter,
  tableVariable,
} from "../resources/tables.ts";
import type { Target } from "./command-line/command.ts";

const LOCAL_STAGE = "dev";

/**
 * Sets the region and, for the local stack, table names, endpoints and secrets. The region of a stage is the one in its
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
    SECRETS_PATH: `/${serviceName()}/${stage ?? LOCAL_STAGE}`,
    ...localTables(stage),
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

/** Sets the URLs of the queues with a consumer. Throws SERVICE_UNAVAILABLE when SQS does not know one of them. */
export async function selectQueues({ stage }: Target): Promise<void> {
  const service = serviceName();
  for (const queue of CONSUMED_QUEUES) {
    const name = `${service}-${stage ?? LOCAL_STAGE}-${queue}-events`;
    // The URLs that the local SQS returns have a host name that only its own resolver knows.
    process.env[queueUrlVariable(queue)] =
      stage === undefined
        ? `${process.env.AWS_ENDPOINT_URL_SQS}/${LOCAL_ACCOUNT_ID}/${name}`
        : await queueUrlOf(name);
  }
}

/** Sets the beginning of the ARNs of the state machines. Throws SERVICE_UNAVAILABLE without working credentials. */
export async function selectStateMachines({ stage }: Target): Promise<void> {
  const [partition, accountId] = stage === undefined ? ["aws", LOCAL_ACCOUNT_ID] : await accountOfShell();
  const name = `stateMachine:${serviceName()}-${stage ?? LOCAL_STAGE}-`;
  process.env.STATE_MACHINE_ARN_PREFIX = `arn:${partition}:states:${process.env.AWS_REGION}:${accountId}:${name}`;
}

/** The partition of AWS and the account: `arn:aws:sts::111122223333:assumed-role/...`. */
async function accountOfShell(): Promise<readonly [string, string]> {
  try {
    const { Arn = "" } = await new STSClient({}).send(new GetCallerIdentityCommand({}));
    const [, partition, , , accountId] = Arn.split(":");
    if (partition !== undefined && accountId !== undefined) return [partition, accountId];
  } catch (cause) {
    throw new Problem("SERVICE_UNAVAILABLE", "This shell has no AWS credentials that work", { cause });
  }
  throw new Problem("SERVICE_UNAVAILABLE", "AWS does not say which account this shell uses");
}

/** Without a stage. The names of a stage's tables are not known before they are read: `selectTables`. */
function localTables(stage: string | undefined): Record<string, string> {
  if (stage === undefined)
    return {
      ...tableVariables((table) => localTableName(table, serviceName(), LOCAL_STAGE)),
      AUDIT_ARCHIVE_BUCKET: localArchiveName(serviceName(), LOCAL_STAGE),
    };
  for (const table of TABLES) delete process.env[tableVariable(table)];
  delete process.env.AUDIT_ARCHIVE_BUCKET;
  return {};
}

/**
 * Sets the names of the tables of a stage and of the archive of its audit log. Throws SERVICE_UNAVAILABLE if the stage is not deployed in the region, or not
 * with every table. Does nothing for the local stack.
 */
export async function selectTables({ stage }: Target): Promise<void> {
  if (stage === undefined) return;
  const parameter = tableNamesParameter(serviceName(), stage);
  const stored = (await readParameters([parameter])).get(parameter);
  if (stored === undefined)
    throw new Problem(
      "SERVICE_UNAVAILABLE",
      `SSM has no parameter ${parameter}, which every deployed stage has`,
    );
  const names = fieldsIn(stored);
  const archive = names[ARCHIVE_NAME];
  // A stage that was deployed without an archive has everything in its table.
  if (typeof archive === "string") process.env.AUDIT_ARCHIVE_BUCKET = archive;
  Object.assign(
    process.env,
    tableVariables((table) => {
      const name = names[table];
      if (typeof name === "string") return name;
      throw new Problem(
        "SERVICE_UNAVAILABLE",
        `SSM has no ${table} in the parameter ${parameter}: deploy the stage`,
      );
    }),
  );
}

/** None for a text that is not a JSON object. */
function fieldsIn(text: string): Readonly<Record<string, unknown>> {
  try {
    return fieldsOf(JSON.parse(text));
  } catch {
    return {};
  }
}

function tableVariables(nameOf: (table: Table) => string): Record<string, string> {
  return Object.fromEntries(TABLES.map((table) => [tableVariable(table), nameOf(table)]));
}

/** The name of the service, with which the names of its stacks, queues and parameters begin. */
export function serviceName(): string {
  const { service } = parse(readFileSync("serverless.yml", "utf8").replaceAll(/!(Sub|Ref|GetAtt)/g, ""));
  return service;
}
