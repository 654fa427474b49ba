/** What a developer reads when AWS_ENDPOINT_URL does not lead to what the local stack needs. */
import { afterAll, beforeAll, describe, expect, it } from "@jest/globals";
import { type Emulators, startEmulators } from "../../local/emulators.ts";
import { assertLocalAccount, checkEndpoints } from "../../local/endpoint-check.ts";
import { freePorts, LocalStackError } from "../../local/ports.ts";
import { provision } from "../../local/provision.ts";
import { createResolver, mergeTemplates } from "../../local/template.ts";
import { type LoopbackServer, loopbackServer } from "../steps/loopback-server.ts";
import { type ServiceRouter, startServiceRouter } from "../steps/service-router.ts";

const region = "us-east-1";
const SERVICES = ["DynamoDB", "SQS", "SNS", "SES"];
const at = (url: string) => ({ dynamodb: url, sqs: url, sns: url, ses: url, s3: url });

async function messageOf(checking: Promise<void>): Promise<string> {
  const thrown = await checking.then(
    () => undefined,
    (error: unknown) => error,
  );
  expect(thrown).toBeInstanceOf(LocalStackError);
  return String(thrown);
}

describe("given AWS_ENDPOINT_URL", () => {
  let emulators: Emulators;
  let router: ServiceRouter;
  beforeAll(async () => {
    emulators = await startEmulators({ region });
    router = await startServiceRouter(emulators.endpoints);
  });
  afterAll(async () => {
    await router.close();
    await emulators.close();
  });

  it("that leads to all services, it is accepted", async () => {
    await checkEndpoints(at(router.url), region);
  });

  it("with nothing listening, the message names each service, the endpoint, the reason and the remedy", async () => {
    const url = `http://127.0.0.1:${(await freePorts()).SQS_PORT}`;
    const message = await messageOf(checkEndpoints(at(url), region));
    for (const service of SERVICES) {
      expect(message).toContain(
        `${service} at ${url} (AWS_ENDPOINT_URL) does not respond: connect ECONNREFUSED`,
      );
    }
    expect(message).toContain(
      "Start LocalStack (docker compose up -d), correct AWS_ENDPOINT_URL, or remove it",
    );
  });

  it.each([
    [200, "text/html; charset=utf-8", "<!doctype html><html><body>Hello</body></html>"],
    [404, "text/html", "<h1>Not found</h1>"],
    [502, "text/plain", "Bad gateway"],
    [200, undefined, ""],
  ])(
    "with a server that responds with %s and %s, the message says that it is something else",
    async (status, type, body) => {
      const page: LoopbackServer = await loopbackServer((_request, _body, response) => {
        response.writeHead(status, type === undefined ? {} : { "content-type": type }).end(body);
      });
      const message = await messageOf(checkEndpoints(at(page.url), region));
      for (const service of SERVICES) {
        expect(message).toContain(
          `${service} at ${page.url} (AWS_ENDPOINT_URL) is something else: it responds with status ${status} and the content type ${type ?? "none"}`,
        );
      }
      await page.close();
    },
  );

  it("with one service that does not work, the message names only this one", async () => {
    const page = await loopbackServer((_request, _body, response) => {
      response.writeHead(501, { "content-type": "text/xml" });
      response.end(
        "<ErrorResponse><Error><Code>InternalFailure</Code><Message>SES is not enabled</Message></Error></ErrorResponse>",
      );
    });
    const message = await messageOf(checkEndpoints({ ...at(router.url), ses: page.url }, region));
    expect(message).toContain(
      `SES at ${page.url} (AWS_ENDPOINT_URL) does not work: InternalFailure: SES is not enabled.`,
    );
    expect(message).not.toContain("SQS at");
    await page.close();
  });

  it.each([
    ["arn:aws:sns:us-east-1:123456789012:topic"],
    ["http://localhost:4566/123456789012/queue"],
    ["http://sqs.us-east-1.localhost.localstack.cloud:4566/123456789012/queue"],
    ["arn:aws:dynamodb:us-east-1:123456789012:table/notes"],
  ])("with the account of %s, the message names it, the service, the endpoint and the remedy", (arnOrUrl) => {
    const check = () => assertLocalAccount("SNS", "http://localhost:4566", arnOrUrl);
    expect(check).toThrow(LocalStackError);
    expect(check).toThrow(
      /^SNS at http:\/\/localhost:4566 uses the account 123456789012; .* needs 000000000000.*MOTO_ACCOUNT_ID=000000000000.* remove AWS_ENDPOINT_URL/,
    );
    assertLocalAccount("SNS", "http://localhost:4566", arnOrUrl.replace("123456789012", "000000000000"));
  });

  it("with another account, nothing is used there", async () => {
    const other = await loopbackServer((_request, _body, response) => {
      response.writeHead(200, { "content-type": "application/x-amz-json-1.0" });
      response.end(JSON.stringify({ QueueUrl: "http://localhost/123456789012/notes" }));
    });
    const template = mergeTemplates({
      Resources: { Queue: { Type: "AWS::SQS::Queue", Properties: { QueueName: "notes" } } },
    });
    const resolve = createResolver(template, { region, stackName: "s-dev", sqsEndpoint: other.url });
    const provisioning = provision({ template, resolve, endpoints: at(other.url), region });
    expect(await messageOf(provisioning)).toContain(`SQS at ${other.url} uses the account 123456789012`);
    await other.close();
  });
});
