/**
 * Secrets by name. On a laptop they come from the environment (.env); on AWS from SSM SecureString parameters
 * `<SECRETS_PATH>/<NAME>`, read once per cold start. A failed read is not remembered, so that the next call tries again.
 */
import { GetParameterCommand, SSMClient } from "@aws-sdk/client-ssm";
import { env, optionalEnv } from "./env.ts";
import { Problem } from "./errors.ts";

export type SecretName = "APP_SECRET" | "STRIPE_SECRET_KEY" | "STRIPE_WEBHOOK_SECRET";

const known = new Map<SecretName, Promise<string>>();
let client: SSMClient | undefined;

/** The secret's value. Throws SERVICE_UNAVAILABLE when SSM cannot be read. */
export function secret(name: SecretName): Promise<string> {
  const remembered = known.get(name);
  if (remembered !== undefined) return remembered;
  const reading = read(name);
  known.set(name, reading);
  reading.catch(() => known.delete(name));
  return reading;
}

/**
 * The values of APP_SECRET: the one in use, then those that a rotation left behind, separated by commas in the
 * parameter. Throws SERVICE_UNAVAILABLE when there is none.
 */
export async function appSecrets(): Promise<string[]> {
  const secrets = (await secret("APP_SECRET"))
    .split(",")
    .map((text) => text.trim())
    .filter((text) => text !== "");
  if (secrets.length === 0) throw new Problem("SERVICE_UNAVAILABLE", "APP_SECRET holds no secret");
  return secrets;
}

async function read(name: SecretName): Promise<string> {
  const local = optionalEnv(name);
  if (local !== undefined) return local;
  const parameter = `${env("SECRETS_PATH")}/${name}`;
  client ??= new SSMClient({});
  try {
    const { Parameter } = await client.send(
      new GetParameterCommand({ Name: parameter, WithDecryption: true }),
    );
    if (Parameter?.Value === undefined || Parameter.Value === "") throw new Error("the parameter is empty");
    return Parameter.Value;
  } catch (cause) {
    throw new Problem("SERVICE_UNAVAILABLE", `SSM parameter ${parameter} could not be read`, { cause });
  }
}

/** Forgets what was read, for tests that change a secret. */
export function forgetSecrets(): void {
  known.clear();
}
