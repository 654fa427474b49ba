/** The only SSM client. */
import { GetParametersCommand, SSMClient } from "@aws-sdk/client-ssm";
import { orUnavailable } from "./or-unavailable.ts";
import { LIMITS, limitedTo } from "./timeouts.ts";

/** Over all of the SDK's tries; well below every function's own timeout. */
const READ_TIMEOUT_MS = 4_000;

let client: SSMClient | undefined;
const ssm = () => {
  client ??= new SSMClient(limitedTo(LIMITS.ssm));
  return client;
};

/**
 * Values of SecureString parameters, decrypted, by name (at most ten); one that does not exist is left out. Throws
 * SERVICE_UNAVAILABLE if SSM does not respond.
 */
export async function readParameters(names: readonly string[]): Promise<ReadonlyMap<string, string>> {
  const { Parameters = [] } = await orUnavailable(`SSM did not respond for ${names.join(", ")}`, () =>
    ssm().send(new GetParametersCommand({ Names: [...names], WithDecryption: true }), {
      abortSignal: AbortSignal.timeout(READ_TIMEOUT_MS),
    }),
  );
  return new Map(Parameters.map(({ Name = "", Value = "" }) => [Name, Value]));
}
