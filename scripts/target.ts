/**
 * Where an operator's command works: on the running local stack, or with `--stage <stage>` on a deployed one, by the
 * AWS credentials of the shell. Sets the environment that lib/ reads; call it before anything of lib/ is used.
 */
import { readFileSync } from "node:fs";
import { parse } from "yaml";
import { queueUrlOf } from "../lib/aws/sqs.ts";
import { EVENT_QUEUES, queueUrlVariable } from "../lib/events/event-queues.ts";
import type { SecretName } from "../lib/secrets/secrets.ts";
import { LOCAL_ACCOUNT_ID } from "../local/local-credentials.ts";
import { stackSettings, withDotEnv } from "../local/settings.ts";
import { TABLES, tableName, tableVariable } from "../resources/tables.ts";

const LOCAL_STAGE = "dev";

/**
 * Sets table names and, for the local stack, endpoints and secrets. On a stage `secrets` are read from its SSM parameters,
 * Stripe's key never from this shell: it may be that of another account. `stage` left out means the local stack.
 */
export function selectTarget(
  stage: string | undefined,
  secrets: readonly SecretName[] = ["APP_SECRET"],
): void {
  const region = process.env.AWS_REGION ?? "us-east-1";
  if (stage === undefined) {
    const settings = stackSettings(withDotEnv(process.env, process.cwd()), { stage: LOCAL_STAGE, region });
    Object.assign(process.env, settings.functionEnvironment);
  } else {
    delete process.env.STRIPE_SECRET_KEY;
  }
  Object.assign(process.env, {
    AWS_REGION: region,
    STAGE: stage ?? LOCAL_STAGE,
    SECRETS: secrets.join(" "),
    ...namesOf(stage ?? LOCAL_STAGE),
  });
}

/** Sets the URLs of the queues' queues. Throws SERVICE_UNAVAILABLE when SQS does not know one of them. */
export async function selectQueues(stage: string | undefined): Promise<void> {
  const { service } = serviceFile();
  for (const queue of EVENT_QUEUES) {
    const name = `${service}-${stage ?? LOCAL_STAGE}-${queue}-events`;
    // The local queues answer with a host name that only a resolver of their own knows.
    process.env[queueUrlVariable(queue)] =
      stage === undefined
        ? `${process.env.AWS_ENDPOINT_URL_SQS}/${LOCAL_ACCOUNT_ID}/${name}`
        : await queueUrlOf(name);
  }
}

/** What functions of the stage find in their environment: the tables' names, and where their secrets are. */
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
