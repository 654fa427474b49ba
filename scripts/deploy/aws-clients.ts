/** The clients with which a deployment reads and changes an account. Real ones; tests let them call a server on this machine. */
import { CloudFormationClient } from "@aws-sdk/client-cloudformation";
import { LambdaClient } from "@aws-sdk/client-lambda";
import { S3Client } from "@aws-sdk/client-s3";
import { SESClient } from "@aws-sdk/client-ses";
import { SSMClient } from "@aws-sdk/client-ssm";
import { STSClient } from "@aws-sdk/client-sts";

export interface AwsClients {
  readonly cloudFormation: CloudFormationClient;
  readonly lambda: LambdaClient;
  readonly s3: S3Client;
  readonly ses: SESClient;
  readonly ssm: SSMClient;
  readonly sts: STSClient;
}

/** With the credentials of this shell. `endpoint`: where all of them call, instead of AWS. */
export function awsClients(region: string, endpoint?: string): AwsClients {
  const settings = { region, ...(endpoint === undefined ? {} : { endpoint }) };
  return {
    cloudFormation: new CloudFormationClient(settings),
    lambda: new LambdaClient(settings),
    s3: new S3Client({ ...settings, forcePathStyle: endpoint !== undefined }),
    ses: new SESClient(settings),
    ssm: new SSMClient(settings),
    sts: new STSClient(settings),
  };
}
