/** The stack of a stage in CloudFormation, as it is now. */
import { DescribeStackResourceCommand, DescribeStacksCommand } from "@aws-sdk/client-cloudformation";
import type { AwsClients } from "./aws-clients.ts";
import { errorText } from "./error-name.ts";
import { blocking, type Finding } from "./finding.ts";

export interface StackNow {
  readonly status: string;
  readonly outputs: Readonly<Record<string, string>>;
}

type CloudFormation = Pick<AwsClients, "cloudFormation">;

/** Undefined if there is none. A stack in which nothing was created yet (REVIEW_IN_PROGRESS) is none. */
export async function stackNow(
  { cloudFormation }: CloudFormation,
  stackName: string,
): Promise<StackNow | undefined> {
  try {
    const { Stacks: [stack] = [] } = await cloudFormation.send(
      new DescribeStacksCommand({ StackName: stackName }),
    );
    if (stack?.StackStatus === undefined || stack.StackStatus === "REVIEW_IN_PROGRESS") return undefined;
    return {
      status: stack.StackStatus,
      outputs: Object.fromEntries(
        (stack.Outputs ?? []).map(({ OutputKey = "", OutputValue = "" }) => [OutputKey, OutputValue]),
      ),
    };
  } catch (thrown) {
    if (/does not exist/.test(errorText(thrown))) return undefined;
    throw thrown;
  }
}

/** Whether the stack has created this resource. */
export async function hasResource(
  { cloudFormation }: CloudFormation,
  stackName: string,
  logicalId: string,
): Promise<boolean> {
  try {
    await cloudFormation.send(
      new DescribeStackResourceCommand({ StackName: stackName, LogicalResourceId: logicalId }),
    );
    return true;
  } catch (thrown) {
    if (/does not exist/.test(errorText(thrown))) return false;
    throw thrown;
  }
}

/** Why a stack with this status cannot be changed; undefined if it can. */
export function stackMistake(stackName: string, region: string, status: string): Finding | undefined {
  const named = `--region ${region} --stack-name ${stackName}`;
  if (status.endsWith("_IN_PROGRESS"))
    return blocking(
      `The stack ${stackName} is ${status}: somebody else changes it.`,
      "Wait until that has ended, and deploy again.",
    );
  if (status === "ROLLBACK_COMPLETE" || status === "ROLLBACK_FAILED" || status === "CREATE_FAILED")
    return blocking(
      `The stack ${stackName} is ${status}: it was never created, and can only be deleted.`,
      `aws cloudformation delete-stack ${named}`,
    );
  if (status === "UPDATE_ROLLBACK_FAILED")
    return blocking(
      `The stack ${stackName} is ${status}.`,
      `Remove what its events name as the cause, and run:\naws cloudformation continue-update-rollback ${named}`,
    );
  if (status.startsWith("DELETE_"))
    return blocking(
      `The stack ${stackName} is ${status}.`,
      `Look at its events, and delete it:\naws cloudformation delete-stack ${named}`,
    );
  return undefined;
}
