/** The usual handler: stripe-node verifies, and one function remembers the event and changes the order, then responds. */
import {
  ConditionalCheckFailedException,
  DynamoDBClient,
  PutItemCommand,
  UpdateItemCommand,
} from "@aws-sdk/client-dynamodb";
import type { APIGatewayProxyEventV2 } from "aws-lambda";
import Stripe from "stripe";

const dynamodb = new DynamoDBClient({});
const stripe = new Stripe("sk_test_benchmark");

export async function handler({ headers, body }: APIGatewayProxyEventV2) {
  const event = stripe.webhooks.constructEvent(
    body ?? "",
    headers["stripe-signature"] ?? "",
    process.env.STRIPE_WEBHOOK_SECRET ?? "",
  );
  try {
    await dynamodb.send(
      new PutItemCommand({
        TableName: "events",
        Item: { id: { S: event.id }, type: { S: event.type } },
        ConditionExpression: "attribute_not_exists(id)",
      }),
    );
  } catch (thrown) {
    if (thrown instanceof ConditionalCheckFailedException) return { statusCode: 200 };
    throw thrown;
  }
  if (event.type === "payment_intent.succeeded") {
    await dynamodb.send(
      new UpdateItemCommand({
        TableName: "orders",
        Key: { id: { S: event.data.object.id } },
        UpdateExpression: "SET paid = :paid, amount = :amount",
        ExpressionAttributeValues: {
          ":paid": { BOOL: true },
          ":amount": { N: String(event.data.object.amount) },
        },
      }),
    );
  }
  return { statusCode: 200 };
}
