/** The handler that people write today: one for everything, with each client as it comes, made when the module is loaded. */
import { DynamoDBClient, GetItemCommand, PutItemCommand } from "@aws-sdk/client-dynamodb";
import { SESClient, SendEmailCommand } from "@aws-sdk/client-ses";
import { SFNClient, StartExecutionCommand } from "@aws-sdk/client-sfn";
import { PublishCommand, SNSClient } from "@aws-sdk/client-sns";
import { SendMessageCommand, SQSClient } from "@aws-sdk/client-sqs";
import Stripe from "stripe";

const stripe = new Stripe("sk_test_benchmark");
const clients = {
  dynamodb: new DynamoDBClient({}),
  ses: new SESClient({}),
  sfn: new SFNClient({}),
  sns: new SNSClient({}),
  sqs: new SQSClient({}),
};
const commands = {
  GetItemCommand,
  PutItemCommand,
  PublishCommand,
  SendEmailCommand,
  SendMessageCommand,
  StartExecutionCommand,
};

export const handler = async () => ({ stripe, clients, commands });
