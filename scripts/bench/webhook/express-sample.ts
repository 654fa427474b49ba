/** A server as in Stripe's samples: Express reads the raw body, stripe-node verifies it, and the process acts on the event. */
import { IncomingMessage, ServerResponse } from "node:http";
import { Socket } from "node:net";
import type { APIGatewayProxyEventV2 } from "aws-lambda";
import express from "express";
import Stripe from "stripe";

const stripe = new Stripe("sk_test_benchmark");
const paid = new Map<string, number>();
const app = express();

app.post("/webhook", express.raw({ type: "application/json" }), (request, response) => {
  const event = stripe.webhooks.constructEvent(
    request.body,
    request.headers["stripe-signature"] ?? "",
    process.env.STRIPE_WEBHOOK_SECRET ?? "",
  );
  if (event.type === "payment_intent.succeeded") paid.set(event.data.object.id, event.data.object.amount);
  response.json({ received: true });
});

/** Like the functions, without the HTTP server in front. */
export function handler({ headers, body = "" }: APIGatewayProxyEventV2): Promise<{ statusCode: number }> {
  return new Promise((responded) => {
    const request = Object.assign(new IncomingMessage(new Socket()), {
      method: "POST",
      url: "/webhook",
      headers: { ...headers, "content-length": String(Buffer.byteLength(body)) },
    });
    request.push(Buffer.from(body));
    request.push(null);
    const response = new ServerResponse(request);
    response.end = () => {
      responded({ statusCode: response.statusCode });
      return response;
    };
    app(request, response);
  });
}
