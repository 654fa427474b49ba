/** Requests to S3, over HTTP, against a server that checks signatures and fails. */
import { createHash, createHmac } from "node:crypto";
import type { IncomingMessage, ServerResponse } from "node:http";
import { afterAll, beforeAll, beforeEach, describe, expect, it } from "@jest/globals";
import { getObject, listKeys, putObject } from "../../../lib/aws/s3.ts";
import { type LoopbackServer, loopbackServer } from "../../steps/loopback-server.ts";

const SECRET = "wJalrXUtnFEMI";
let server: LoopbackServer;
let received: { readonly request: IncomingMessage; readonly body: Buffer }[] = [];
/** The answers to the next requests; the last one answers all further requests. */
let answers: ((response: ServerResponse) => unknown)[] = [];
const answering = (status: number, body: string) => (response: ServerResponse) =>
  response.writeHead(status, { "content-type": "application/xml" }).end(body);
const error = (status: number, code: string) =>
  answering(status, `<?xml version="1.0"?><Error><Code>${code}</Code><Message>No.</Message></Error>`);

beforeAll(async () => {
  server = await loopbackServer((request, body, response) => {
    received.push({ request, body });
    (answers.length > 1 ? answers.shift() : answers[0])?.(response);
  });
  Object.assign(process.env, {
    AWS_REGION: "eu-west-1",
    AWS_ACCESS_KEY_ID: "AKIDEXAMPLE",
    AWS_SECRET_ACCESS_KEY: SECRET,
    AWS_ENDPOINT_URL_S3: server.url,
  });
});
afterAll(() => server.close());
beforeEach(() => {
  received = [];
});

/** AWS's algorithm as S3 uses it, from its documentation: the path is signed as it is sent, with the digest of the body. */
function isSigned({ request, body }: (typeof received)[number]): boolean {
  const sha256 = (data: string | Buffer) => createHash("sha256").update(data).digest("hex");
  const [, scope = "", names = "", signature] =
    /Credential=AKIDEXAMPLE\/(\S+), SignedHeaders=(\S+), Signature=(\w+)/.exec(
      request.headers.authorization ?? "",
    ) ?? [];
  const { pathname, searchParams } = new URL(request.url ?? "", "http://s3");
  const query = [...searchParams].map(([name, value]) => `${name}=${encodeURIComponent(value)}`).sort();
  const headers = names.split(";").map((name) => `${name}:${request.headers[name]}\n`);
  const canonical = [request.method, pathname, query.join("&"), headers.join(""), names, sha256(body)].join(
    "\n",
  );
  const toSign = ["AWS4-HMAC-SHA256", request.headers["x-amz-date"], scope, sha256(canonical)].join("\n");
  const key = scope
    .split("/")
    .reduce<string | Buffer>(
      (secret, text) => createHmac("sha256", secret).update(text).digest(),
      `AWS4${SECRET}`,
    );
  return signature === createHmac("sha256", key).update(toSign).digest("hex");
}

describe("given a bucket", () => {
  it("an object is stored with digests of its body and its storage class, in a signed request", async () => {
    answers = [answering(200, "")];
    const body = Buffer.from("text");
    await putObject("bucket", {
      key: "a/b-1.gz",
      body,
      contentType: "application/gzip",
      storageClass: "GLACIER_IR",
    });
    const [put] = received;
    expect(put?.request).toMatchObject({ method: "PUT", url: "/bucket/a/b-1.gz" });
    expect(put?.request.headers).toMatchObject({
      "content-md5": createHash("md5").update(body).digest("base64"),
      "x-amz-content-sha256": createHash("sha256").update(body).digest("hex"),
      "x-amz-storage-class": "GLACIER_IR",
    });
    expect(put && isSigned(put)).toBe(true);
  });

  it("an object that does not exist is undefined, and a bucket that does not exist is a failure", async () => {
    answers = [error(404, "NoSuchKey")];
    expect(await getObject("bucket", "a")).toBeUndefined();
    answers = [error(404, "NoSuchBucket")];
    await expect(getObject("bucket", "a")).rejects.toMatchObject({
      code: "SERVICE_UNAVAILABLE",
      cause: {
        name: "NoSuchBucket",
        message: expect.stringContaining("S3 GetObject was refused with status 404"),
      },
    });
  });

  it("a request is sent again after S3 asks for patience or breaks the connection", async () => {
    answers = [error(503, "SlowDown"), (response) => response.destroy(), answering(200, "body")];
    expect((await getObject("bucket", "a"))?.toString()).toBe("body");
    expect(received).toHaveLength(3);
  });

  it("a list that is longer than a page is read to its end", async () => {
    const page = (keys: readonly string[], isTruncated: boolean) =>
      answering(
        200,
        `<ListBucketResult><IsTruncated>${isTruncated}</IsTruncated>${keys.map((key) => `<Contents><Key>${key}</Key></Contents>`).join("")}</ListBucketResult>`,
      );
    answers = [page(["days/1", "days/2"], true), page(["days/3"], false)];
    expect(await listKeys("bucket", "days/")).toEqual(["days/1", "days/2", "days/3"]);
    expect(received.map(({ request }) => request.url)).toEqual([
      "/bucket/?list-type=2&prefix=days%2F",
      "/bucket/?list-type=2&prefix=days%2F&start-after=days%2F2",
    ]);
    expect(received.every(isSigned)).toBe(true);
  });
});
