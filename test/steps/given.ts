/** The starting points of tests: real embedded services, and Lambda's events and contexts. */

import { beforeAll } from "@jest/globals";
import type { APIGatewayProxyEventV2, Context } from "aws-lambda";
import { present } from "../../lib/present.ts";
import { localArchiveName } from "../../resources/archive-bucket.ts";
import { localTableName, tableId } from "../../resources/tables.ts";
import { AUTHORIZATION, signedContext } from "./signed-context.ts";
import type { AwsNames, WarmAws } from "./warm-aws.ts";

export { type CapturedLog, capturedLog } from "./captured-log.ts";

declare global {
  /** test/environment.js puts it here. */
  var freshAws: typeof import("./warm-aws.ts").freshAws;
}

const SHORT_NAMES: AwsNames = { table: tableId, queue: (queue) => queue, archive: "audit-archive" };

/** The names of tables and queues on the stage dev, as in serverless.yml: for commands, which use these names. */
export const DEPLOYED_NAMES: AwsNames = {
  table: (table) => localTableName(table, "contractspec-stripe", "dev"),
  queue: (queue) => `contractspec-stripe-dev-${queue}-events`,
  archive: localArchiveName("contractspec-stripe", "dev"),
};

/**
 * DynamoDB, SQS, SNS and SES for this test file, with the tables of resources/tables.ts and the event queues, each with
 * its dead-letter queue. Call it at the top of the file, above a `beforeAll` that needs it. The services are ready when
 * the tests run, and are replaced when the next file starts its own.
 */
export function localAws(names = SHORT_NAMES): WarmAws {
  let aws: WarmAws | undefined;
  beforeAll(async () => {
    aws = await startedAws(names);
  });
  const started = () => {
    if (aws === undefined) throw new Error("AWS is ready only after the first beforeAll");
    return aws;
  };
  return {
    get endpoints() {
      return started().endpoints;
    },
    get variables() {
      return started().variables;
    },
  };
}

/** The same, for a step that starts more than AWS. Sets the environment of this process to these services. */
export async function startedAws(names = SHORT_NAMES): Promise<WarmAws> {
  const aws = await freshAws(names);
  Object.assign(process.env, {
    AWS_REGION: "us-east-1",
    AWS_ACCESS_KEY_ID: "local",
    AWS_SECRET_ACCESS_KEY: "local",
    AWS_ENDPOINT_URL_DYNAMODB: aws.endpoints.dynamodb,
    AWS_ENDPOINT_URL_SQS: aws.endpoints.sqs,
    AWS_ENDPOINT_URL_SNS: aws.endpoints.sns,
    AWS_ENDPOINT_URL_SES: aws.endpoints.ses,
    AWS_ENDPOINT_URL_S3: aws.endpoints.s3,
    AWS_PATIENCE: "30",
    APP_SECRET: "app-secret-of-the-tests",
    STAGE: "dev",
    METRICS: "all",
    AUDIT_RETENTION_DAYS: "400",
    AUDIT_ARCHIVE: "on",
    CARD_EXPIRY_DAYS: "30",
    FAILURE_MAIL_MINUTES: "10",
    FOLLOW_UP_DAYS: "1,3,5",
    ADMIN_ATTEMPTS: "3",
    PUBLIC_URL: "https://pay.example.com",
    RETURN_ORIGINS: "https://shop.example.com",
    ...aws.variables,
  });
  return aws;
}

/** Lambda's context with this much time left; by default more than a Lambda has, because a busy machine takes longer. */
export function lambdaContext(remainingMs = 60_000): Context {
  const endsAt = Date.now() + remainingMs;
  const nothing = () => undefined;
  return {
    callbackWaitsForEmptyEventLoop: false,
    functionName: "test",
    functionVersion: "1",
    invokedFunctionArn: "arn:aws:lambda:us-east-1:000000000000:function:test",
    memoryLimitInMB: "512",
    awsRequestId: "request-of-the-test",
    logGroupName: "test",
    logStreamName: "test",
    getRemainingTimeInMillis: () => endsAt - Date.now(),
    done: nothing,
    fail: nothing,
    succeed: nothing,
  };
}

export interface HttpCall {
  readonly method?: string;
  readonly path?: string;
  readonly headers?: Record<string, string>;
  /** An object is sent as JSON; a string or bytes are sent unchanged. */
  readonly body?: object | string | Buffer;
  readonly base64?: boolean;
  readonly pathParameters?: Record<string, string>;
  /** The authorizer's response, which `httpEvent` signs; by default an admin, null for nobody. */
  readonly authorizer?: Record<string, unknown> | null | undefined;
  /** The authorizer's response unchanged, as somebody can send it who can invoke the function. */
  readonly unsigned?: boolean;
}

/** An HTTP API event, payload 2.0, as API Gateway sends it. */
export function httpEvent(call: HttpCall = {}): APIGatewayProxyEventV2 {
  const json = call.body !== undefined && typeof call.body === "object" && !Buffer.isBuffer(call.body);
  const bytes = Buffer.isBuffer(call.body)
    ? call.body
    : Buffer.from(json ? JSON.stringify(call.body) : String(call.body ?? ""));
  const path = call.path ?? "/";
  const method = call.method ?? "POST";
  const authorizer =
    call.authorizer === undefined ? { principalId: "tester", roles: '["admin"]' } : call.authorizer;
  const headers = {
    ...(json ? { "content-type": "application/json" } : {}),
    ...(authorizer === null ? {} : { authorization: AUTHORIZATION }),
    ...call.headers,
  };
  const lambda =
    authorizer === null || call.unsigned ? authorizer : signedContext(authorizer, headers.authorization);
  return {
    version: "2.0",
    routeKey: `${method} ${path}`,
    rawPath: path,
    rawQueryString: "",
    headers,
    ...present({ pathParameters: call.pathParameters }),
    requestContext: {
      accountId: "000000000000",
      apiId: "api",
      domainName: "localhost",
      domainPrefix: "localhost",
      http: { method, path, protocol: "HTTP/1.1", sourceIp: "127.0.0.1", userAgent: "test" },
      requestId: "request-of-the-test",
      routeKey: `${method} ${path}`,
      stage: "$default",
      time: "24/Nov/2026:00:00:00 +0000",
      timeEpoch: 1_795_478_400_000,
      ...(lambda === null ? {} : { authorizer: { lambda } }),
    },
    body: bytes.toString(call.base64 ? "base64" : "utf8"),
    isBase64Encoded: call.base64 ?? false,
  };
}
