/** Who uses an operator's command, as the audit log names it. */
import { userInfo } from "node:os";
import { GetCallerIdentityCommand, STSClient } from "@aws-sdk/client-sts";
import { Problem } from "../../lib/errors.ts";
import { operatorPrincipal } from "../../lib/identity/own-principals.ts";
import type { Principal } from "../../lib/identity/principal.ts";
import type { Target } from "../command-line/command.ts";

/**
 * On a stage, the identity of this shell as AWS knows it; on the local stack, the name of this machine's user. Throws
 * SERVICE_UNAVAILABLE without working credentials.
 */
export async function operatorOf({ stage }: Target): Promise<Principal> {
  if (stage === undefined) return operatorPrincipal(userInfo().username);
  try {
    const { Arn } = await new STSClient({}).send(new GetCallerIdentityCommand({}));
    if (Arn !== undefined) return operatorPrincipal(Arn);
  } catch (cause) {
    throw new Problem("SERVICE_UNAVAILABLE", "This shell has no AWS credentials that work", { cause });
  }
  throw new Problem("SERVICE_UNAVAILABLE", "AWS does not say whose credentials this shell has");
}
