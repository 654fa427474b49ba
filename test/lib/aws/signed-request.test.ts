/** Calls AWS without a client of the SDK, over HTTP, against services that respond, fail and check signatures. */
import { createHash, createHmac } from "node:crypto";
import type { IncomingMessage, ServerResponse } from "node:http";
import { afterAll, beforeAll, beforeEach, describe, expect, it } from "@jest/globals";
import { callAws } from "../../../lib/aws/signed-request.ts";
import { answerJson, type LoopbackServer, loopbackServer } from "../../steps/loopback-server.ts";

interface Received {
  readonly request: IncomingMessage;
  readonly body: string;
}
type Answer = (response: ServerResponse, received: Received) => unknown;

const CREDENTIALS = {
  AWS_ACCESS_KEY_ID: "AKIDEXAMPLE",
  AWS_SECRET_ACCESS_KEY: "wJalrXUtnFEMI",
  AWS_SESSION_TOKEN: "the-token-of-the-session",
};

let service: LoopbackServer;
let received: Received[] = [];
/** The answers to the next requests; the last one answers all further requests. */
let answers: Answer[] = [];

beforeAll(async () => {
  service = await loopbackServer((request, body, response) => {
    received.push({ request, body: body.toString() });
    const answer = answers.length > 1 ? answers.shift() : answers[0];
    answer?.(response, { request, body: body.toString() });
  });
});
afterAll(() => service.close());
beforeEach(() => {
  received = [];
  answers = [ok];
  Object.assign(process.env, CREDENTIALS, { AWS_REGION: "eu-west-1", AWS_ENDPOINT_URL_SSM: service.url });
  delete process.env.AWS_ENDPOINT_URL;
});

const ok: Answer = (response) => answerJson(response, 200, { Parameters: [] });
const refusing =
  (status: number, body: object, headers: Record<string, string> = {}): Answer =>
  (response) => {
    for (const [name, value] of Object.entries(headers)) response.setHeader(name, value);
    answerJson(response, status, body);
  };
const broken: Answer = (response) => response.destroy();
const call = () => callAws("ssm:GetParameters", { Names: ["/a"], WithDecryption: true });

/** AWS's algorithm, written from its documentation: the signature that the received request should have. */
function expectedSignature({ request, body }: Received): string {
  const sha256 = (text: string) => createHash("sha256").update(text).digest("hex");
  const hmac = (key: string | Buffer, text: string) => createHmac("sha256", key).update(text).digest();
  const [, scope = "", names = ""] =
    /Credential=AKIDEXAMPLE\/(\S+), SignedHeaders=(\S+),/.exec(request.headers.authorization ?? "") ?? [];
  const headers = names.split(";").map((name) => `${name}:${request.headers[name]}\n`);
  const canonical = [request.method, request.url, "", headers.join(""), names, sha256(body)].join("\n");
  const toSign = ["AWS4-HMAC-SHA256", request.headers["x-amz-date"], scope, sha256(canonical)].join("\n");
  const secret: string | Buffer = `AWS4${CREDENTIALS.AWS_SECRET_ACCESS_KEY}`;
  const key = scope.split("/").reduce<string | Buffer>(hmac, secret);
  return hmac(key, toSign).toString("hex");
}

describe("given a service that responds", () => {
  it("the request has the operation, the input, the token of the session, and a signature for service and region", async () => {
    expect(await call()).toEqual({ Parameters: [] });
    const [only, ...others] = received;
    if (only === undefined) throw new Error("Nothing was received");
    expect(others).toEqual([]);
    expect(JSON.parse(only.body)).toEqual({ Names: ["/a"], WithDecryption: true });
    const { headers } = only.request;
    expect(headers).toMatchObject({
      "x-amz-target": "AmazonSSM.GetParameters",
      "content-type": "application/x-amz-json-1.1",
      "x-amz-security-token": CREDENTIALS.AWS_SESSION_TOKEN,
    });
    expect(headers.authorization).toMatch(/\/\d{8}\/eu-west-1\/ssm\/aws4_request, /);
    for (const name of ["host", "x-amz-date", "x-amz-security-token", "x-amz-target"])
      expect(headers.authorization).toMatch(new RegExp(`SignedHeaders=[^,]*\\b${name}\\b`));
    expect(headers.authorization).toContain(`Signature=${expectedSignature(only)}`);
  });

  it("AWS_ENDPOINT_URL names the server if the service's own variable does not", async () => {
    delete process.env.AWS_ENDPOINT_URL_SSM;
    process.env.AWS_ENDPOINT_URL = service.url;
    await call();
    expect(received).toHaveLength(1);
  });
});

describe("given a failure that may pass by itself", () => {
  it.each([
    ["throttling", refusing(400, { __type: "ThrottlingException", message: "Rate exceeded" })],
    ["429", refusing(429, {})],
    ["500", refusing(500, { __type: "InternalServerError" })],
    ["a proxy's 503", (response: ServerResponse) => response.writeHead(503).end("<html>busy</html>")],
    ["a broken connection", broken],
    [
      "a response that ends early",
      (response: ServerResponse) => {
        response.writeHead(200, { "content-length": "99" }).write("{");
        setImmediate(() => response.destroy());
      },
    ],
  ] satisfies [string, Answer][])("after %s, it is sent once more", async (_failure, failure) => {
    answers = [failure, ok];
    expect(await call()).toEqual({ Parameters: [] });
    expect(received).toHaveLength(2);
  });

  it("it is sent as often as the service's limit says, and the last failure is thrown", async () => {
    answers = [broken, refusing(500, { __type: "InternalServerError" }, { "x-amzn-requestid": "id-of-aws" })];
    await expect(call()).rejects.toMatchObject({
      name: "InternalServerError",
      message: "SSM GetParameters was refused with status 500 (request id-of-aws)",
    });
    expect(received).toHaveLength(2);
  });

  it("nothing is sent again after the caller has given up", async () => {
    const caller = new AbortController();
    answers = [(response) => [caller.abort(), response.destroy()]];
    await expect(callAws("ssm:GetParameters", {}, caller.signal)).rejects.toThrow();
    expect(received).toHaveLength(1);
  });
});

describe("given a refusal", () => {
  it.each([
    [
      "in the body",
      refusing(400, { __type: "com.amazonaws.ssm#AccessDeniedException", message: "not allowed" }),
    ],
    [
      "in a header",
      refusing(
        400,
        { Message: "not allowed" },
        { "x-amzn-errortype": "AccessDeniedException:http://aws/doc" },
      ),
    ],
  ] satisfies [string, Answer][])(
    "with its code %s, it is thrown at once, with the service's reason",
    async (_, refusal) => {
      answers = [refusal];
      await expect(call()).rejects.toMatchObject({
        name: "AccessDeniedException",
        message: "SSM GetParameters was refused with status 400 (request unknown): not allowed",
      });
      expect(received).toHaveLength(1);
    },
  );

  it("that is not of AWS, the error says so little as is known", async () => {
    answers = [(response) => response.writeHead(403).end("<html>blocked</html>")];
    await expect(call()).rejects.toMatchObject({
      name: "UnknownError",
      message: expect.stringContaining("403"),
    });
  });

  it("because of this machine's clock, it is signed again with the service's time", async () => {
    const theirs = new Date(Date.now() + 3_600_000);
    const skewed = { __type: "InvalidSignatureException", message: "Signature expired" };
    answers = [refusing(400, skewed, { date: theirs.toUTCString() }), ok];
    await call();
    const [first = "", second = ""] = received.map(({ request }) => String(request.headers["x-amz-date"]));
    expect(Number(second.slice(9, 11))).toBe((Number(first.slice(9, 11)) + 1) % 24);
    // It is believed only if it differs: otherwise, the signature has another mistake.
    received = [];
    answers = [refusing(400, skewed, { date: theirs.toUTCString() })];
    await expect(call()).rejects.toMatchObject({ name: "InvalidSignatureException" });
    expect(received).toHaveLength(1);
    answers = [refusing(400, skewed, { date: new Date().toUTCString() }), ok];
    await call();
  });
});

describe("given a wrong environment", () => {
  it.each([
    ["AWS_REGION", undefined, "Environment variable AWS_REGION is not set"],
    ["AWS_ENDPOINT_URL_SSM", "localhost", "AWS_ENDPOINT_URL_SSM is not the URL of a server, such as http"],
  ])("%s: %s is reported by its name, and nothing is sent", async (variable, value, message) => {
    if (value === undefined) delete process.env[variable];
    else process.env[variable] = value;
    await expect(call()).rejects.toThrow(message);
    expect(received).toEqual([]);
  });
});
