/**
 * The alarms that CloudFormation watches while it changes a stage and for some time afterwards: if one of them is raised, it undoes
 * the change by itself. https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/using-cfn-rollback-triggers.html
 */
import { DescribeStackResourceCommand, type RollbackConfiguration } from "@aws-sdk/client-cloudformation";
import { ALARMS_STACK } from "../../resources/package-plugin.ts";
import type { AwsClients } from "./aws-clients.ts";
import type { Place } from "./place.ts";
import { hasResource } from "./stack.ts";

/** CloudFormation accepts five. These are about what a bad version breaks first. */
export const WATCHED_ALARMS = [
  "ApiErrorsAlarm",
  "WebhookErrorsAlarm",
  "PersonNeededAlarm",
  "DistrustedCallsAlarm",
  "DistrustedMessagesAlarm",
] as const;
/** The longest time that CloudFormation watches. */
export const LONGEST_WATCH_MINUTES = 180;

type CloudFormation = Pick<AwsClients, "cloudFormation">;

/** Undefined if the stage does not have the alarms yet: CloudFormation refuses a change that names a missing alarm. */
export async function rollbackConfiguration(
  clients: CloudFormation,
  { stackName, region }: Place,
  account: string,
  minutes: number,
): Promise<RollbackConfiguration | undefined> {
  if (!(await hasResource(clients, stackName, ALARMS_STACK))) return undefined;
  const nested = await physicalId(clients, stackName, ALARMS_STACK);
  const found = [];
  for (const logicalId of WATCHED_ALARMS) {
    if (!(await hasResource(clients, nested, logicalId))) continue;
    const name = await physicalId(clients, nested, logicalId);
    found.push({
      Arn: `arn:${partitionOf(region)}:cloudwatch:${region}:${account}:alarm:${name}`,
      Type: "AWS::CloudWatch::Alarm",
    });
  }
  return found.length === 0 ? undefined : { MonitoringTimeInMinutes: minutes, RollbackTriggers: found };
}

async function physicalId(
  { cloudFormation }: CloudFormation,
  StackName: string,
  LogicalResourceId: string,
): Promise<string> {
  const { StackResourceDetail } = await cloudFormation.send(
    new DescribeStackResourceCommand({ StackName, LogicalResourceId }),
  );
  return StackResourceDetail?.PhysicalResourceId ?? "";
}

function partitionOf(region: string): string {
  if (region.startsWith("cn-")) return "aws-cn";
  return region.startsWith("us-gov-") ? "aws-us-gov" : region.startsWith("eusc-") ? "aws-eusc" : "aws";
}
