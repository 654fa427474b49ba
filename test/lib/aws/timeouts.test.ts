/** Clients of AWS against services that accept a connection and never respond. */
import { afterAll, beforeAll, describe, expect, it } from "@jest/globals";
import { getItem } from "../../../lib/aws/dynamodb.ts";
import { getObject } from "../../../lib/aws/s3.ts";
import { sendMessage } from "../../../lib/aws/ses.ts";
import { publish } from "../../../lib/aws/sns.ts";
import { hideMessage, sendToQueue } from "../../../lib/aws/sqs.ts";
import { readParameters } from "../../../lib/aws/ssm.ts";
import { describeExecution, startExecution } from "../../../lib/aws/step-functions.ts";
import { LIMITS, longestCallMs } from "../../../lib/aws/timeouts.ts";
import { Problem } from "../../../lib/errors.ts";
import { functionDefinitions } from "../../../resources/functions.ts";
import { type LoopbackServer, loopbackServer } from "../../steps/loopback-server.ts";
import { contracts } from "../../steps/shipped-project.ts";

let silent: LoopbackServer;
/** Begins a response, and never ends it. */
let stalling: LoopbackServer;
beforeAll(async () => {
  silent = await loopbackServer(() => undefined);
  stalling = await loopbackServer((_request, _body, response) =>
    response
      .writeHead(200, { "content-type": "application/x-amz-json-1.0", "content-length": "99" })
      .write("{"),
  );
  Object.assign(process.env, {
    AWS_REGION: "us-east-1",
    AWS_ACCESS_KEY_ID: "local",
    AWS_SECRET_ACCESS_KEY: "local",
    AWS_ENDPOINT_URL_DYNAMODB: silent.url,
    AWS_ENDPOINT_URL_S3: stalling.url,
    AWS_ENDPOINT_URL_SES: silent.url,
    AWS_ENDPOINT_URL_SFN: stalling.url,
    AWS_ENDPOINT_URL_SNS: silent.url,
    AWS_ENDPOINT_URL_SQS: silent.url,
    AWS_ENDPOINT_URL_SSM: stalling.url,
    STATE_MACHINE_ARN_PREFIX: "arn:aws:states:us-east-1:000000000000:stateMachine:test-",
  });
});
afterAll(() => Promise.all([silent.close(), stalling.close()]));

const queue = () => `${silent.url}/000000000000/queue`;
const mail = { from: "a@example.com", to: "b@example.com", subject: "s", html: "h", text: "t" };

describe("given a service of AWS that hangs", () => {
  it("every client gives up by itself, and says that the service does not respond", async () => {
    const calls: readonly [string, Promise<unknown>][] = [
      ["DynamoDB", getItem("table", { id: "1" })],
      ["S3", getObject("bucket", "key")],
      ["SES", sendMessage(mail)],
      ["SNS", publish("arn:aws:sns:us-east-1:000000000000:topic", "{}", {})],
      ["SQS", sendToQueue(queue(), "body")],
      ["SQS", hideMessage(queue(), "receipt", 5)],
      ["SSM", readParameters(["/a"])],
      ["Step Functions", startExecution("w", "run", "{}")],
      ["Step Functions", describeExecution("w", "run")],
    ];
    const ends = await Promise.all(
      calls.map(
        async ([name, call]) =>
          [
            name,
            await call.then(
              () => "done",
              (thrown: unknown) => thrown,
            ),
          ] as const,
      ),
    );
    for (const [name, end] of ends) {
      expect([name, end]).toEqual([name, expect.any(Problem)]);
      expect([name, end]).toMatchObject([name, { retryable: true }]);
    }
  });
});

/** The client behind each action that a function may call. */
const CLIENTS: Readonly<Record<string, keyof typeof LIMITS>> = {
  dynamodb: "dynamodb",
  s3: "s3",
  ses: "ses",
  sns: "sns",
  sqs: "sqs",
  ssm: "ssm",
  states: "stepFunctions",
};

describe("given the timeout of each function", () => {
  it("a call of any client that it uses, with all its tries, ends a second earlier", () => {
    const checked = functionDefinitions(contracts).flatMap(({ name, statements, configuration }) =>
      [
        ...new Set(statements.flatMap(({ Action }) => Action.map((action) => action.split(":")[0] ?? ""))),
      ].map((service) => {
        const client = CLIENTS[service];
        if (client === undefined) throw new Error(`${service} has no client with limits`);
        const leftMs = configuration.timeout * 1000 - longestCallMs(LIMITS[client]);
        return [name, service, leftMs >= 1000];
      }),
    );
    expect(checked.length).toBeGreaterThan(30);
    expect(checked.filter(([, , isBelow]) => !isBelow)).toEqual([]);
  });
});
