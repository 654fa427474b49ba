import { DynamoDBClient, PutItemCommand } from "@aws-sdk/client-dynamodb";
import type { SQSBatchResponse, SQSEvent } from "aws-lambda";

const dynamodb = new DynamoDBClient({});

export const handler = async (event: SQSEvent): Promise<SQSBatchResponse> => {
  for (const { body } of event.Records) {
    await dynamodb.send(new PutItemCommand({ TableName: process.env.TABLE, Item: { id: { S: body } } }));
  }
  return { batchItemFailures: [] };
};
