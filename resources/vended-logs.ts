/** Groups for logs that services of AWS write. Pure. */
import type { CloudFormationResource } from "./cloudformation.ts";

/**
 * A group that is kept as long as those of the functions. The names of such logs begin like this, because otherwise each group needs a
 * place in the account's resource policy, which is limited.
 */
export function logGroup(name: string): CloudFormationResource {
  return {
    Type: "AWS::Logs::LogGroup",
    Properties: {
      LogGroupName: `/aws/vendedlogs/${name}`,
      RetentionInDays: `\${self:provider.logRetentionInDays}`,
    },
  };
}
