/**
 * Where an operator's command works: on the running local stack, or with `--stage <stage>` on a deployed one, by the
 * AWS credentials of the shell. Sets the environment that lib/ reads; call it before anything of lib/ is used.
 */
import { readFileSync } from "node:fs";
import { parse } from "yaml";
import type { SecretName } from "../lib/secrets.ts";
import { stackSettings, withDotEnv } from "../local/settings.ts";

const LOCAL_STAGE = "dev";

/**
 * Sets table names, endpoints for the local stack, and which secrets the command may read; most need none of Stripe's.
 * `stage` left out means the local stack.
 */
export function selectTarget(
  stage: string | undefined,
  secrets: readonly SecretName[] = ["APP_SECRET"],
): void {
  const region = process.env.AWS_REGION ?? "us-east-1";
  if (stage === undefined) {
    const settings = stackSettings(withDotEnv(process.env, process.cwd()), { stage: LOCAL_STAGE, region });
    Object.assign(process.env, settings.functionEnvironment);
  }
  Object.assign(process.env, {
    AWS_REGION: region,
    STAGE: stage ?? LOCAL_STAGE,
    SECRETS: secrets.join(" "),
    ...namesOf(stage ?? LOCAL_STAGE),
  });
}

/** The names that serverless.yml gives to tables, as environment variables: `apiKeys` -> `API_KEYS_TABLE`. */
function namesOf(stage: string): Record<string, string> {
  const { service, custom } = parse(
    readFileSync("serverless.yml", "utf8").replaceAll(/!(Sub|Ref|GetAtt)/g, ""),
  );
  const resolved = (text: unknown) =>
    // biome-ignore lint/suspicious/noTemplateCurlyInString: these are the framework's variables, as they stand in the file
    String(text).replaceAll("${self:service}", service).replaceAll("${sls:stage}", stage);
  const tables = Object.entries(custom.tables).map(([key, name]) => [
    `${key.replaceAll(/(?=[A-Z])/g, "_").toUpperCase()}_TABLE`,
    resolved(name),
  ]);
  return {
    ...Object.fromEntries(tables),
    SECRETS_PATH: resolved(custom.secretsPath),
  };
}
