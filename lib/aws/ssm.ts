/** Parameters of AWS Systems Manager: the secrets of a stage, and the names of its tables. */
import { fieldOf, listOf, textOf } from "../untrusted.ts";
import { orUnavailable } from "./or-unavailable.ts";
import { callAws } from "./signed-request.ts";

/** Over all tries; well below every function's own timeout. */
const READ_TIMEOUT_MS = 4_000;

/**
 * Values of SecureString parameters, decrypted, by name (at most ten); one that does not exist is left out. Throws
 * SERVICE_UNAVAILABLE if SSM does not respond.
 */
export async function readParameters(names: readonly string[]): Promise<ReadonlyMap<string, string>> {
  const response = await orUnavailable(`SSM did not respond for ${names.join(", ")}`, () =>
    callAws(
      "ssm:GetParameters",
      { Names: names, WithDecryption: true },
      AbortSignal.timeout(READ_TIMEOUT_MS),
    ),
  );
  return new Map(
    listOf(fieldOf(response, "Parameters")).map((parameter) => [
      textOf(fieldOf(parameter, "Name")) ?? "",
      textOf(fieldOf(parameter, "Value")) ?? "",
    ]),
  );
}
