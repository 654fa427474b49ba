/**
 * Stands in for the AWS SDK's chain of credential providers in the functions' bundles (`alias` in serverless.yml). Lambda gives a
 * function its role's credentials in the environment, so that the chain's other providers are never asked, but would make up
 * a third of a bundle. Operators' commands have the whole chain.
 */
import { env, optionalEnv } from "../env.ts";
import { present } from "../present.ts";

interface Credentials {
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
  readonly sessionToken?: string;
}

/** With the name that the SDK's clients import. Its provider throws INTERNAL_ERROR outside of Lambda and the local stack. */
export function defaultProvider(): () => Promise<Credentials> {
  return async () => ({
    accessKeyId: env("AWS_ACCESS_KEY_ID"),
    secretAccessKey: env("AWS_SECRET_ACCESS_KEY"),
    ...present({ sessionToken: optionalEnv("AWS_SESSION_TOKEN") }),
  });
}
