/** What API Gateway and SQS hand to a function, for functions that run in this process. */
import { createHash } from "node:crypto";
import type { Message } from "@aws-sdk/client-sqs";
import type { APIGatewayProxyEventV2, Context, SQSEvent } from "aws-lambda";

export interface HttpCall {
  readonly method: string;
  readonly path: string;
  readonly pathParameters?: Readonly<Record<string, string>>;
  readonly query?: Readonly<Record<string, string>>;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string;
  /** What the authorizer has returned. */
  readonly authorizer?: object;
}

const SECONDS_LEFT = 20;

/** Lambda's context of an invocation that has so many seconds. */
export function lambdaContext(secondsLeft = SECONDS_LEFT): Context {
  const endsAt = Date.now() + secondsLeft * 1000;
  const nothing = () => undefined;
  return {
    callbackWaitsForEmptyEventLoop: false,
    functionName: "counted",
    functionVersion: "1",
    invokedFunctionArn: "arn:aws:lambda:us-east-1:000000000000:function:counted",
    memoryLimitInMB: "512",
    awsRequestId: crypto.randomUUID(),
    logGroupName: "counted",
    logStreamName: "counted",
    getRemainingTimeInMillis: () => endsAt - Date.now(),
    done: nothing,
    fail: nothing,
    succeed: nothing,
  };
}

/** An HTTP API event, payload 2.0. */
export function httpEvent(call: HttpCall): APIGatewayProxyEventV2 {
  const { method, path, authorizer } = call;
  return {
    version: "2.0",
    routeKey: `${method} ${path}`,
    rawPath: path,
    rawQueryString: "",
    headers: {
      ...(call.body === undefined ? {} : { "content-type": "application/json" }),
      ...call.headers,
    },
    ...(call.query === undefined ? {} : { queryStringParameters: { ...call.query } }),
    ...(call.pathParameters === undefined ? {} : { pathParameters: { ...call.pathParameters } }),
    requestContext: {
      accountId: "000000000000",
      apiId: "api",
      domainName: "localhost",
      domainPrefix: "localhost",
      http: { method, path, protocol: "HTTP/1.1", sourceIp: "127.0.0.1", userAgent: "counted" },
      requestId: crypto.randomUUID(),
      routeKey: `${method} ${path}`,
      stage: "$default",
      time: "24/Nov/2026:00:00:00 +0000",
      timeEpoch: Date.now(),
      ...(authorizer === undefined ? {} : { authorizer: { lambda: authorizer } }),
    },
    ...(call.body === undefined ? {} : { body: call.body }),
    isBase64Encoded: false,
  };
}

/** A batch of one message. */
export function sqsEvent(message: Message, queueArn: string): SQSEvent {
  const { MessageId = "", ReceiptHandle = "", Body = "", MessageAttributes = {} } = message;
  return {
    Records: [
      {
        messageId: MessageId,
        receiptHandle: ReceiptHandle,
        body: Body,
        attributes: {
          ApproximateReceiveCount: "1",
          SentTimestamp: String(Date.now()),
          SenderId: "counted",
          ApproximateFirstReceiveTimestamp: String(Date.now()),
        },
        messageAttributes: Object.fromEntries(
          Object.entries(MessageAttributes).map(([name, { StringValue, DataType }]) => [
            name,
            { stringValue: StringValue ?? "", dataType: DataType === "Number" ? "Number" : "String" },
          ]),
        ),
        md5OfBody: createHash("md5").update(Body).digest("hex"),
        eventSource: "aws:sqs",
        eventSourceARN: queueArn,
        awsRegion: "us-east-1",
      },
    ],
  };
}
