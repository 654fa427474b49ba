import {
  DescribeTableCommand,
  DynamoDBClient,
  GetItemCommand,
  ListTablesCommand,
} from "@aws-sdk/client-dynamodb";
import {
  DeleteIdentityCommand,
  ListIdentitiesCommand,
  SESClient,
  SendEmailCommand,
  VerifyEmailIdentityCommand,
} from "@aws-sdk/client-ses";
import { PublishCommand, SNSClient } from "@aws-sdk/client-sns";
import {
  CreateQueueCommand,
  GetQueueAttributesCommand,
  ListQueuesCommand,
  ReceiveMessageCommand,
  SQSClient,
} from "@aws-sdk/client-sqs";
import { afterAll, beforeAll, describe, expect, it } from "@jest/globals";
import { type Emulators, startEmulators } from "../../local/emulators.ts";
import { LOCAL_CREDENTIALS } from "../../local/local-credentials.ts";
import { provision, seedApiKey } from "../../local/provision.ts";
import { createResolver, mergeTemplates } from "../../local/template.ts";

const region = "eu-central-1";
const template = mergeTemplates({
  Resources: {
    OrdersTable: {
      Type: "AWS::DynamoDB::Table",
      Properties: {
        TableName: "orders",
        BillingMode: "PAY_PER_REQUEST",
        AttributeDefinitions: [
          { AttributeName: "id", AttributeType: "S" },
          { AttributeName: "customer", AttributeType: "S" },
        ],
        KeySchema: [{ AttributeName: "id", KeyType: "HASH" }],
        GlobalSecondaryIndexes: [
          {
            IndexName: "byCustomer",
            KeySchema: [{ AttributeName: "customer", KeyType: "HASH" }],
            Projection: { ProjectionType: "ALL" },
          },
        ],
        TimeToLiveSpecification: { AttributeName: "expiresAt", Enabled: true },
        SSESpecification: { SSEEnabled: true },
      },
    },
    KeysTable: {
      Type: "AWS::DynamoDB::Table",
      Properties: {
        TableName: "keys",
        AttributeDefinitions: [{ AttributeName: "keyId", AttributeType: "S" }],
        KeySchema: [{ AttributeName: "keyId", KeyType: "HASH" }],
      },
    },
    MailsQueue: {
      Type: "AWS::SQS::Queue",
      Properties: {
        QueueName: "mails",
        VisibilityTimeout: 90,
        RedrivePolicy: {
          deadLetterTargetArn: { "Fn::GetAtt": ["MailsDeadLetterQueue", "Arn"] },
          maxReceiveCount: 4,
        },
      },
    },
    MailsDeadLetterQueue: { Type: "AWS::SQS::Queue", Properties: { QueueName: "mails-dead-letter" } },
    NewsTopic: {
      Type: "AWS::SNS::Topic",
      Properties: {
        TopicName: "news",
        Subscription: [{ Protocol: "sqs", Endpoint: { "Fn::GetAtt": ["MailsQueue", "Arn"] } }],
      },
    },
    Sender: { Type: "AWS::SES::EmailIdentity", Properties: { EmailIdentity: "shop@example.com" } },
  },
});

describe("creating the template's resources", () => {
  let emulators: Emulators;
  let dynamodb: DynamoDBClient;
  let sqs: SQSClient;
  let ses: SESClient;
  let queueUrl: string;

  beforeAll(async () => {
    emulators = await startEmulators({ region });
    const { endpoints } = emulators;
    const client = { region, credentials: LOCAL_CREDENTIALS };
    dynamodb = new DynamoDBClient({ ...client, endpoint: endpoints.dynamodb });
    sqs = new SQSClient({ ...client, endpoint: endpoints.sqs });
    ses = new SESClient({ ...client, endpoint: endpoints.ses });
    const resolve = createResolver(template, { region, stackName: "shop-dev", sqsEndpoint: endpoints.sqs });
    queueUrl = String(resolve({ Ref: "MailsQueue" }));
    const options = {
      template,
      resolve,
      endpoints,
      region,
      mailIdentities: ["Billing <billing@example.org>"],
    };
    // A queue that a stack before has left, with other attributes.
    await sqs.send(new CreateQueueCommand({ QueueName: "mails", Attributes: { VisibilityTimeout: "30" } }));
    // Twice: starting against services that are already set up must change nothing.
    await provision(options);
    await provision(options);
  });

  afterAll(async () => {
    await emulators.close();
  });

  it("creates tables with their keys and indexes", async () => {
    expect((await dynamodb.send(new ListTablesCommand({}))).TableNames).toEqual(["keys", "orders"]);
    const { Table } = await dynamodb.send(new DescribeTableCommand({ TableName: "orders" }));
    expect(Table).toMatchObject({
      TableStatus: "ACTIVE",
      KeySchema: [{ AttributeName: "id", KeyType: "HASH" }],
      GlobalSecondaryIndexes: [{ IndexName: "byCustomer" }],
    });
  });

  it("creates queues with their attributes and redrive policies", async () => {
    expect((await sqs.send(new ListQueuesCommand({}))).QueueUrls).toHaveLength(2);
    const { Attributes } = await sqs.send(
      new GetQueueAttributesCommand({ QueueUrl: queueUrl, AttributeNames: ["All"] }),
    );
    expect(Attributes?.VisibilityTimeout).toBe("90");
    expect(JSON.parse(Attributes?.RedrivePolicy ?? "")).toEqual({
      deadLetterTargetArn: `arn:aws:sqs:${region}:000000000000:mails-dead-letter`,
      maxReceiveCount: 4,
    });
  });

  it("subscribes a queue to a topic once", async () => {
    const sns = new SNSClient({ region, credentials: LOCAL_CREDENTIALS, endpoint: emulators.endpoints.sns });
    await sns.send(
      new PublishCommand({ TopicArn: `arn:aws:sns:${region}:000000000000:news`, Message: "hello" }),
    );
    const { Messages } = await sqs.send(
      new ReceiveMessageCommand({ QueueUrl: queueUrl, WaitTimeSeconds: 5, MaxNumberOfMessages: 10 }),
    );
    expect(Messages).toHaveLength(1);
  });

  it("verifies the sender addresses: SES accepts their mail and refuses mail from any other address", async () => {
    expect((await ses.send(new ListIdentitiesCommand({}))).Identities).toEqual([
      "shop@example.com",
      "billing@example.org",
    ]);
    const mailFrom = (Source: string) =>
      ses.send(
        new SendEmailCommand({
          Source,
          Destination: { ToAddresses: ["ada@example.com"] },
          Message: { Subject: { Data: "Hello" }, Body: { Text: { Data: "Hello Ada" } } },
        }),
      );

    await mailFrom("The shop <shop@example.com>");
    await expect(mailFrom("stranger@example.com")).rejects.toMatchObject({ name: "MessageRejected" });

    const { emails } = JSON.parse(await (await fetch(`${emulators.endpoints.ses}/store`)).text());
    expect(emails).toMatchObject([{ subject: "Hello", destination: { to: ["ada@example.com"] } }]);

    await ses.send(new DeleteIdentityCommand({ Identity: "shop@example.com" }));
    await expect(mailFrom("The shop <shop@example.com>")).rejects.toMatchObject({ name: "MessageRejected" });
    await ses.send(new VerifyEmailIdentityCommand({ EmailAddress: "shop@example.com" }));
    await mailFrom("The shop <shop@example.com>");
  });

  it("stores the hash of the local API key, and never the key", async () => {
    await seedApiKey({
      tableName: "keys",
      apiKey: "local-dev-key",
      endpoint: emulators.endpoints.dynamodb,
      region,
    });
    const { Item } = await dynamodb.send(
      new GetItemCommand({
        TableName: "keys",
        Key: { keyId: { S: "key_ed5a18fb8f807f99" } },
      }),
    );
    expect(Item).toMatchObject({
      keyHash: { S: "ed5a18fb8f807f996d649e379d3f35f39c543a91bdbf88c492f2ebd10d4df86c" },
      principalId: { S: "local-dev" },
      roles: { L: [{ S: "admin" }] },
    });
    expect(JSON.stringify(Item)).not.toContain("local-dev-key");
  });
});
