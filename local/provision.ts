/** Creates the template's resources at the given endpoints, through the AWS SDK. Running it again changes nothing. */

import {
  CreateTableCommand,
  type CreateTableCommandInput,
  DynamoDBClient,
  PutItemCommand,
  ResourceInUseException,
  UpdateTimeToLiveCommand,
  waitUntilTableExists,
} from "@aws-sdk/client-dynamodb";
import { BucketAlreadyOwnedByYou, CreateBucketCommand, S3Client } from "@aws-sdk/client-s3";
import {
  CreateConfigurationSetCommand,
  CreateConfigurationSetEventDestinationCommand,
  EventType,
  SESClient,
  VerifyDomainIdentityCommand,
  VerifyEmailIdentityCommand,
} from "@aws-sdk/client-ses";
import { CreateTopicCommand, SNSClient, SubscribeCommand } from "@aws-sdk/client-sns";
import {
  CreateQueueCommand,
  GetQueueUrlCommand,
  type QueueAttributeName,
  SetQueueAttributesCommand,
  SQSClient,
} from "@aws-sdk/client-sqs";
import { keyHashOf, keyIdOf } from "../lib/identity/api-key.ts";
import { present } from "../lib/present.ts";
import { fieldsOf, isRecord, textsOf } from "../lib/untrusted.ts";
import type { AwsEndpoints } from "./emulators.ts";
import { assertLocalAccount } from "./endpoint-check.ts";
import { LOCAL_CREDENTIALS } from "./local-credentials.ts";
import { type Resolve, resourcesOfType, type Template } from "./template.ts";

export interface ProvisionOptions {
  readonly template: Template;
  readonly resolve: Resolve;
  readonly endpoints: AwsEndpoints;
  readonly region: string;
  /** Sender addresses or domains to verify in addition to those of the template. */
  readonly mailIdentities?: readonly string[];
}

/** Creates tables, buckets, queues with their redrive policies, topics with their subscriptions, mail identities and event destinations. */
export async function provision(options: ProvisionOptions): Promise<void> {
  const topics = createQueues(options).then(() => createTopics(options));
  await Promise.all([
    createTables(options),
    createBuckets(options),
    Promise.all([topics, verifyIdentities(options)]).then(() => createEventDestinations(options)),
  ]);
}

const clientOptions = (endpoint: string, region: string) => ({
  endpoint,
  region,
  credentials: LOCAL_CREDENTIALS,
});

async function createTables({ template, resolve, endpoints, region }: ProvisionOptions): Promise<void> {
  const client = new DynamoDBClient(clientOptions(endpoints.dynamodb, region));
  for (const [logicalId, resource] of resourcesOfType(template, "AWS::DynamoDB::Table")) {
    const properties = fieldsOf(resolve({ ...resource.Properties, Tags: [] }));
    const TableName = String(resolve({ Ref: logicalId }));
    try {
      const { TableDescription } = await client.send(
        new CreateTableCommand(tableInput(TableName, properties)),
      );
      assertLocalAccount("DynamoDB", endpoints.dynamodb, TableDescription?.TableArn);
    } catch (error) {
      if (!(error instanceof ResourceInUseException)) throw error;
    }
    await waitUntilTableExists({ client, maxWaitTime: 30, minDelay: 1, maxDelay: 1 }, { TableName });
    await setTimeToLive(client, TableName, properties.TimeToLiveSpecification);
  }
  client.destroy();
}

/** The request for a table with these CloudFormation properties, which have the same names in the API. */
export function tableInput(
  TableName: string,
  properties: Readonly<Record<string, unknown>>,
): CreateTableCommandInput {
  const { AttributeDefinitions, KeySchema, GlobalSecondaryIndexes, LocalSecondaryIndexes } =
    properties as Partial<CreateTableCommandInput>; // The API checks it, and its error names the wrong part.
  return {
    TableName,
    AttributeDefinitions,
    KeySchema,
    ...present({ GlobalSecondaryIndexes, LocalSecondaryIndexes }),
    BillingMode: "PAY_PER_REQUEST",
  };
}

async function setTimeToLive(
  client: DynamoDBClient,
  TableName: string,
  specification: unknown,
): Promise<void> {
  if (!isRecord(specification) || specification.Enabled !== true) return;
  const AttributeName = String(specification.AttributeName);
  try {
    await client.send(
      new UpdateTimeToLiveCommand({ TableName, TimeToLiveSpecification: { AttributeName, Enabled: true } }),
    );
  } catch (error) {
    // dynalite does not know the action and keeps items forever; on a second call the setting is already enabled.
    const name = error instanceof Error ? error.name : "";
    const alreadyEnabled = name === "ValidationException" && /already enabled/i.test(String(error));
    if (name !== "UnknownOperationException" && !alreadyEnabled) throw error;
  }
}

async function createBuckets({ template, resolve, endpoints, region }: ProvisionOptions): Promise<void> {
  const client = new S3Client({ ...clientOptions(endpoints.s3, region), forcePathStyle: true });
  for (const [logicalId] of resourcesOfType(template, "AWS::S3::Bucket")) {
    try {
      await client.send(new CreateBucketCommand({ Bucket: String(resolve({ Ref: logicalId })) }));
    } catch (error) {
      if (!(error instanceof BucketAlreadyOwnedByYou)) throw error;
    }
  }
  client.destroy();
}

const QUEUE_ATTRIBUTES: readonly QueueAttributeName[] = [
  "VisibilityTimeout",
  "MessageRetentionPeriod",
  "DelaySeconds",
  "MaximumMessageSize",
  "ReceiveMessageWaitTimeSeconds",
  "FifoQueue",
  "ContentBasedDeduplication",
  "DeduplicationScope",
  "FifoThroughputLimit",
];

async function createQueues({ template, resolve, endpoints, region }: ProvisionOptions): Promise<void> {
  const client = new SQSClient(clientOptions(endpoints.sqs, region));
  const queues = resourcesOfType(template, "AWS::SQS::Queue").map(([logicalId, resource]) => ({
    name: String(resolve({ "Fn::GetAtt": [logicalId, "QueueName"] })),
    attributes: queueAttributes(fieldsOf(resolve({ ...resource.Properties, Tags: [] }))),
  }));
  // The queue that a redrive policy names has to exist first.
  queues.sort((a, b) => Number("RedrivePolicy" in a.attributes) - Number("RedrivePolicy" in b.attributes));
  for (const { name, attributes } of queues) {
    try {
      const { QueueUrl } = await client.send(
        new CreateQueueCommand({ QueueName: name, Attributes: attributes }),
      );
      assertLocalAccount("SQS", endpoints.sqs, QueueUrl);
    } catch (error) {
      // The emulator gives it the name of SQS's older protocol, for which the SDK has no class.
      if (!(error instanceof Error && error.name.endsWith("QueueNameExists"))) throw error;
      const { QueueUrl } = await client.send(new GetQueueUrlCommand({ QueueName: name }));
      const { FifoQueue: _fixedAtCreation, ...changeable } = attributes;
      await client.send(new SetQueueAttributesCommand({ QueueUrl, Attributes: changeable }));
    }
  }
  client.destroy();
}

function queueAttributes(properties: Record<string, unknown>): Partial<Record<QueueAttributeName, string>> {
  const attributes: Partial<Record<QueueAttributeName, string>> = {};
  for (const name of QUEUE_ATTRIBUTES) {
    if (properties[name] !== undefined) attributes[name] = String(properties[name]);
  }
  if (isRecord(properties.RedrivePolicy)) attributes.RedrivePolicy = JSON.stringify(properties.RedrivePolicy);
  return attributes;
}

async function createTopics({ template, resolve, endpoints, region }: ProvisionOptions): Promise<void> {
  const client = new SNSClient(clientOptions(endpoints.sns, region));
  for (const [logicalId, resource] of resourcesOfType(template, "AWS::SNS::Topic")) {
    const Name = String(resolve({ "Fn::GetAtt": [logicalId, "TopicName"] }));
    const { TopicArn } = await client.send(new CreateTopicCommand({ Name }));
    assertLocalAccount("SNS", endpoints.sns, TopicArn);
    const subscriptions = resolve(resource.Properties.Subscription ?? []);
    for (const subscription of Array.isArray(subscriptions) ? subscriptions : []) {
      await subscribe(client, TopicArn, fieldsOf(subscription));
    }
  }
  for (const [, resource] of resourcesOfType(template, "AWS::SNS::Subscription")) {
    const properties = fieldsOf(resolve(resource.Properties));
    await subscribe(client, String(properties.TopicArn), properties);
  }
  client.destroy();
}

async function subscribe(
  client: SNSClient,
  TopicArn: string | undefined,
  properties: Record<string, unknown>,
) {
  await client.send(
    new SubscribeCommand({
      TopicArn,
      Protocol: String(properties.Protocol),
      Endpoint: String(properties.Endpoint),
      Attributes: properties.RawMessageDelivery === true ? { RawMessageDelivery: "true" } : {},
    }),
  );
}

async function verifyIdentities(options: ProvisionOptions): Promise<void> {
  const client = new SESClient(clientOptions(options.endpoints.ses, options.region));
  const ofTemplate = resourcesOfType(options.template, "AWS::SES::EmailIdentity").map(([, resource]) =>
    String(options.resolve(resource.Properties.EmailIdentity)),
  );
  for (const identity of new Set([...ofTemplate, ...(options.mailIdentities ?? [])])) {
    const address = /<([^>]+)>\s*$/.exec(identity)?.[1] ?? identity;
    if (address.includes("@")) await client.send(new VerifyEmailIdentityCommand({ EmailAddress: address }));
    else await client.send(new VerifyDomainIdentityCommand({ Domain: address }));
  }
  client.destroy();
}

/** The types that the first version of SES's API knows. */
const EVENT_TYPES: readonly string[] = Object.values(EventType);

/** The configuration sets of the template, and the topics to which SES reports what becomes of their mails. */
async function createEventDestinations({
  template,
  resolve,
  endpoints,
  region,
}: ProvisionOptions): Promise<void> {
  const client = new SESClient(clientOptions(endpoints.ses, region));
  for (const [, { Properties }] of resourcesOfType(template, "AWS::SES::ConfigurationSet")) {
    const Name = String(resolve(Properties.Name));
    await unlessExists(client.send(new CreateConfigurationSetCommand({ ConfigurationSet: { Name } })));
  }
  const destinations = resourcesOfType(template, "AWS::SES::ConfigurationSetEventDestination");
  for (const [, { Properties }] of destinations) {
    const { Name, MatchingEventTypes, SnsDestination } = fieldsOf(Properties.EventDestination);
    if (SnsDestination === undefined) continue;
    const types = textsOf(MatchingEventTypes).filter((type): type is EventType => EVENT_TYPES.includes(type));
    await unlessExists(
      client.send(
        new CreateConfigurationSetEventDestinationCommand({
          ConfigurationSetName: String(resolve(Properties.ConfigurationSetName)),
          EventDestination: {
            Name: String(Name),
            Enabled: true,
            MatchingEventTypes: types,
            SNSDestination: { TopicARN: String(resolve(fieldsOf(SnsDestination).TopicARN)) },
          },
        }),
      ),
    );
  }
  client.destroy();
}

async function unlessExists(creating: Promise<unknown>): Promise<void> {
  try {
    await creating;
  } catch (error) {
    if (!(error instanceof Error && /AlreadyExists/.test(error.name))) throw error;
  }
}

/** Registers `apiKey` as an administrator's key. The table stores the key's SHA-256, never the key. */
export async function seedApiKey(options: {
  tableName: string;
  apiKey: string;
  endpoint: string;
  region: string;
}): Promise<void> {
  const client = new DynamoDBClient(clientOptions(options.endpoint, options.region));
  await client.send(
    new PutItemCommand({
      TableName: options.tableName,
      Item: {
        keyId: { S: keyIdOf(options.apiKey) },
        keyHash: { S: keyHashOf(options.apiKey) },
        principalId: { S: "local-dev" },
        roles: { L: [{ S: "admin" }] },
        createdAt: { S: new Date().toISOString() },
      },
    }),
  );
  client.destroy();
}
