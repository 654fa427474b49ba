/** The only SSM client. */
import { GetParametersCommand, SSMClient } from "@aws-sdk/client-ssm";
import { Problem } from "../errors.ts";

/** Over all of the SDK's tries; well below every function's own timeout. */
const READ_TIMEOUT_MS = 4_000;

let client: SSMClient | undefined;

/**
 * Values of SecureString parameters, decrypted, by name (at most ten); one that does not exist is left out. Throws
 * SERVICE_UNAVAILABLE if SSM does not respond.
 */
export async function readParameters(names: readonly string[]): Promise<ReadonlyMap<string, string>> {
  client ??= new SSMClient({});
  try {
    const { Parameters = [] } = await client.send(
      new GetParametersCommand({ Names: [...names], WithDecryption: true }),
      { abortSignal: AbortSignal.timeout(READ_TIMEOUT_MS) },
    );
    return new Map(Parameters.map(({ Name = "", Value = "" }) => [Name, Value]));
  } catch (cause) {
    throw new Problem("SERVICE_UNAVAILABLE", `SSM did not respond for ${names.join(", ")}`, { cause });
  }
}
