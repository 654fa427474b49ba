/** `npm run test:aws-endpoint`: its probes, on our own services behind one address, and on servers that are wrong. */
import { afterAll, beforeAll, describe, expect, it } from "@jest/globals";
import { passOn } from "../../local/pass-on.ts";
import { testAwsEndpointCommand } from "../../scripts/test-aws-endpoint/command.ts";
import { PROBES, runTestAwsEndpoint } from "../../scripts/test-aws-endpoint/run.ts";
import { runHere } from "../steps/commands.ts";
import * as given from "../steps/given.ts";
import { type LoopbackServer, loopbackServer } from "../steps/loopback-server.ts";
import { type ServiceRouter, startServiceRouter } from "../steps/service-router.ts";

const aws = given.localAws();
let router: ServiceRouter;
beforeAll(async () => {
  router = await startServiceRouter(aws.endpoints);
});
afterAll(() => router.close());

describe("given our own services behind one address, without SSM and Step Functions", () => {
  it("every feature that the end-to-end suite needs works there, and what is missing is no mistake", async () => {
    process.env.AWS_ENDPOINT_URL = router.url;
    const { status, out } = await runHere(testAwsEndpointCommand, runTestAwsEndpoint, "--features");
    for (const { feature, isForSuite } of PROBES) {
      const [row = ""] = out.split("\n").filter((line) => line.startsWith(feature));
      expect({ feature, row }).toEqual({
        feature,
        row: expect.stringMatching(isForSuite ? / works\b/ : / (works|does not work)\b/),
      });
    }
    expect(out).toMatch(
      /\d+ features work, [3-5] do not, 0 differ from AWS\.\nEnd-to-end suite: skipped\.\n$/,
    );
    expect(status).toBe(0);
  });
});

describe("given a server that does not do what AWS does", () => {
  let wrong: LoopbackServer;
  /** Changes a request on its way. */
  let change: (body: string) => string = (body) => body;
  beforeAll(async () => {
    wrong = await loopbackServer(async (request, body, response) => {
      const changed = Buffer.from(change(body.toString()));
      request.headers["content-length"] = String(changed.length);
      const { status, headers, body: answer } = await passOn(router.url, request, changed);
      return response.writeHead(status, headers).end(answer);
    });
  });
  afterAll(() => wrong.close());

  it.each([
    [
      "ignores the condition of a write",
      (body: string) => body.replace(/"ConditionExpression":"[^"]*",?/, ""),
      ["DynamoDB: conditional writes", "DynamoDB: conditional writes at the same time"],
    ],
    [
      "never moves a message to the dead-letter queue",
      (body: string) => body.replace(/"RedrivePolicy":"(?:[^"\\]|\\.)*"/, ""),
      ["SQS: redrive to the dead-letter queue"],
    ],
    [
      "delivers what a subscription's filter excludes",
      (body: string) => body.replace(/FilterPolicy/, "Ignored"),
      ["SNS: a queue gets what is published, with attributes"],
    ],
  ])("one that %s is found, and ends the command with 1", async (_, changing, features) => {
    change = changing;
    process.env.AWS_ENDPOINT_URL = wrong.url;
    const { status, out } = await runHere(testAwsEndpointCommand, runTestAwsEndpoint, "--features");
    const differing = out.split("\n").filter((line) => / DIFFERS /.test(line));
    expect(differing).toEqual(features.map((feature) => expect.stringContaining(feature)));
    expect(status).toBe(1);
  });
});

describe("given no server", () => {
  it.each([
    ["", "Set AWS_ENDPOINT_URL to the server that is tested"],
    ["localhost", "Set AWS_ENDPOINT_URL to the server that is tested"],
  ])("AWS_ENDPOINT_URL=%s ends it with 2", async (url, message) => {
    process.env.AWS_ENDPOINT_URL = url;
    expect(await runHere(testAwsEndpointCommand, runTestAwsEndpoint, "")).toMatchObject({
      status: 2,
      err: expect.stringContaining(message),
    });
  });

  it("one that does not respond has no feature, and the suite is skipped", async () => {
    process.env.AWS_ENDPOINT_URL = "http://127.0.0.1:1";
    const { status, out } = await runHere(testAwsEndpointCommand, runTestAwsEndpoint, "");
    expect(out).toContain(`0 features work, ${PROBES.length} do not, 0 differ from AWS.`);
    expect(out).toMatch(/The end-to-end suite needs \d+ of those that do not work: skipped/);
    expect(status).toBe(0);
  });
});
