/**
 * What protects the tables of a stage from a person's mistake, in addition to point-in-time recovery, which every table has: a
 * protected table cannot be deleted, and a backup of every week is kept for longer than the 35 days of the recovery. Pure.
 */
import { arnHere, arnOf, type CloudFormationResource } from "./cloudformation.ts";
import { SERVICE, STAGE } from "./grants.ts";
import type { SettingName } from "./settings.ts";
import { TABLES, tableId } from "./tables.ts";

export interface Protection {
  /** Whether DynamoDB refuses to delete the tables. */
  readonly protectsTables: boolean;
  /** For how many days a weekly backup is kept; undefined for no backups. */
  readonly backupDays: number | undefined;
}

const LIVE_STAGE = "prod";
const BACKUP_DAYS_OF_LIVE_STAGE = 90;

/** By the settings of the stage; by default, only the tables of prod are protected and backed up. */
export function protectionOf(
  stage: string,
  { TABLE_PROTECTION, BACKUP_DAYS }: Readonly<Partial<Record<SettingName, string>>>,
): Protection {
  const isLive = stage === LIVE_STAGE;
  return {
    protectsTables: TABLE_PROTECTION === undefined ? isLive : TABLE_PROTECTION === "on",
    backupDays:
      BACKUP_DAYS === undefined
        ? isLive
          ? BACKUP_DAYS_OF_LIVE_STAGE
          : undefined
        : BACKUP_DAYS === "none"
          ? undefined
          : Number(BACKUP_DAYS),
  };
}

/** CloudFormation's resources for the weekly backups; none without `backupDays`. */
export function backups({ backupDays }: Pick<Protection, "backupDays">): {
  readonly Resources: Readonly<Record<string, CloudFormationResource>>;
} {
  return { Resources: backupDays === undefined ? {} : resourcesFor(backupDays) };
}

function resourcesFor(DeleteAfterDays: number): Record<string, CloudFormationResource> {
  const tables = TABLES.map((table) => arnOf(tableId(table)));
  const allow = (Action: readonly string[], Resource: readonly object[]) => ({
    Effect: "Allow",
    Action,
    Resource,
  });
  return {
    // A vault must have a name. It outlives the stack with its backups, so the name contains the id of the stack.
    BackupVault: {
      Type: "AWS::Backup::BackupVault",
      DeletionPolicy: "RetainExceptOnCreate",
      UpdateReplacePolicy: "Retain",
      Properties: {
        BackupVaultName: {
          "Fn::Join": [
            "-",
            ["backups", { "Fn::Select": [2, { "Fn::Split": ["/", { Ref: "AWS::StackId" }] }] }],
          ],
        },
      },
    },
    BackupPlan: {
      Type: "AWS::Backup::BackupPlan",
      Properties: {
        BackupPlan: {
          BackupPlanName: `${SERVICE}-${STAGE}`,
          BackupPlanRule: [
            {
              RuleName: "weekly",
              TargetBackupVault: { Ref: "BackupVault" },
              ScheduleExpression: "cron(0 3 ? * SUN *)",
              Lifecycle: { DeleteAfterDays },
            },
          ],
        },
      },
    },
    BackupSelection: {
      Type: "AWS::Backup::BackupSelection",
      Properties: {
        BackupPlanId: { Ref: "BackupPlan" },
        BackupSelection: {
          SelectionName: "tables",
          IamRoleArn: arnOf("BackupRole"),
          Resources: tables,
        },
      },
    },
    // What AWS's own policy for this service allows for DynamoDB, for these tables only.
    BackupRole: {
      Type: "AWS::IAM::Role",
      Properties: {
        AssumeRolePolicyDocument: {
          Version: "2012-10-17",
          Statement: [
            {
              Effect: "Allow",
              Principal: { Service: "backup.amazonaws.com" },
              Action: "sts:AssumeRole",
              Condition: { StringEquals: { "aws:SourceAccount": { Ref: "AWS::AccountId" } } },
            },
          ],
        },
        Policies: [
          {
            PolicyName: "backups",
            PolicyDocument: {
              Version: "2012-10-17",
              Statement: [
                allow(
                  [
                    "dynamodb:DescribeTable",
                    "dynamodb:CreateBackup",
                    "dynamodb:StartAwsBackupJob",
                    "dynamodb:ListTagsOfResource",
                  ],
                  tables,
                ),
                allow(
                  ["dynamodb:DescribeBackup", "dynamodb:DeleteBackup"],
                  [arnHere("dynamodb", `table/\${AWS::StackName}-*/backup/*`)],
                ),
                allow(
                  ["backup:DescribeBackupVault", "backup:CopyIntoBackupVault"],
                  [{ "Fn::GetAtt": ["BackupVault", "BackupVaultArn"] }],
                ),
              ],
            },
          },
        ],
      },
    },
  };
}
