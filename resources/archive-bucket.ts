/**
 * The bucket of the audit log's archive (docs/audit.md). Nobody can delete or replace what is in it before its time: S3 keeps each
 * version for as long as the log is kept, unless somebody has the right to bypass that, which no role of the stage has. Pure.
 */
import { ARCHIVED_AFTER_DAYS } from "../lib/audit/retention.ts";
import { arnOf, type CloudFormationResource } from "./cloudformation.ts";

/** Its logical id. */
export const ARCHIVE_BUCKET = "AuditArchiveBucket";
/** Its name among those of the tables in the parameter for operators' commands. */
export const ARCHIVE_NAME = "auditArchive";

/** The name of the bucket on this machine. */
export const localArchiveName = (service: string, stage: string) => `${service}-${stage}-audit-archive`;

/**
 * The bucket and its policy, by logical id: kept when the stack is deleted. `retentionDays`: for how long the log is kept, its
 * time in the table included.
 */
export function archiveBucket(retentionDays: number): Readonly<Record<string, CloudFormationResource>> {
  const days = Math.max(retentionDays - ARCHIVED_AFTER_DAYS, 1);
  return {
    [ARCHIVE_BUCKET]: {
      Type: "AWS::S3::Bucket",
      DeletionPolicy: "RetainExceptOnCreate",
      UpdateReplacePolicy: "Retain",
      Properties: {
        PublicAccessBlockConfiguration: {
          BlockPublicAcls: true,
          BlockPublicPolicy: true,
          IgnorePublicAcls: true,
          RestrictPublicBuckets: true,
        },
        OwnershipControls: { Rules: [{ ObjectOwnership: "BucketOwnerEnforced" }] },
        BucketEncryption: {
          ServerSideEncryptionConfiguration: [{ ServerSideEncryptionByDefault: { SSEAlgorithm: "AES256" } }],
        },
        VersioningConfiguration: { Status: "Enabled" },
        ObjectLockEnabled: true,
        ObjectLockConfiguration: {
          ObjectLockEnabled: "Enabled",
          Rule: { DefaultRetention: { Mode: "GOVERNANCE", Days: days } },
        },
        LifecycleConfiguration: {
          Rules: [
            {
              Id: "retention",
              Status: "Enabled",
              ExpirationInDays: days + 1,
              NoncurrentVersionExpiration: { NoncurrentDays: 1 },
            },
            { Id: "marks-of-deleted-objects", Status: "Enabled", ExpiredObjectDeleteMarker: true },
          ],
        },
      },
    },
    [`${ARCHIVE_BUCKET}Policy`]: {
      Type: "AWS::S3::BucketPolicy",
      Properties: {
        Bucket: { Ref: ARCHIVE_BUCKET },
        PolicyDocument: {
          Version: "2012-10-17",
          Statement: [
            {
              Sid: "OnlyByTls",
              Effect: "Deny",
              Principal: "*",
              Action: "s3:*",
              Resource: [arnOf(ARCHIVE_BUCKET), { "Fn::Sub": `\${${ARCHIVE_BUCKET}.Arn}/*` }],
              Condition: { Bool: { "aws:SecureTransport": "false" } },
            },
          ],
        },
      },
    },
  };
}
