/**
 * An AWS account on this machine: one address that speaks the protocols of CloudFormation, S3, SSM, SES, STS, Lambda and DynamoDB
 * as far as a deployment uses them. Requests are told apart by the service that they are signed for.
 */
import type { IncomingMessage, ServerResponse } from "node:http";
import { afterAll, beforeAll, beforeEach } from "@jest/globals";
import { fieldOf, textsOf } from "../../lib/untrusted.ts";
import { CloudFormation, Refused } from "./aws-account/cloudformation.ts";
import { xmlOf } from "./aws-account/xml.ts";
import { answerJson, type LoopbackServer, loopbackServer } from "./loopback-server.ts";

export interface AwsAccount {
  /** Where all services are. */
  readonly url: string;
  cloudFormation: CloudFormation;
  /** The contents of all buckets, by `<bucket>/<key>`. */
  readonly objects: Map<string, Buffer>;
  readonly parameters: Map<string, { readonly Value: string; readonly Type: string }>;
  /** SES's identities, with their status. */
  readonly identities: Map<string, string>;
  /** The ids of items of DynamoDB. */
  readonly items: Set<string>;
  hasCredentials: boolean;
  mailsPerDay: number;
  concurrentExecutions: number;
  /** What was changed: `ExecuteChangeSet`, `PutObject <key>`. */
  readonly writes: string[];
  /** Returns a function that gives the account back what its services contain now: faster than to make it again for each test. */
  snapshot(): () => void;
}

const ACCOUNT_ID = "111122223333";
const JSON_TYPE = "application/x-amz-json-1.1";

/** For this test file; each test begins with an account that has nothing. */
export function givenAwsAccount(): AwsAccount {
  let server: LoopbackServer;
  const account: AwsAccount = {
    get url() {
      return server.url;
    },
    cloudFormation: new CloudFormation(() => undefined),
    objects: new Map(),
    parameters: new Map(),
    identities: new Map(),
    items: new Set(),
    hasCredentials: true,
    mailsPerDay: 50_000,
    concurrentExecutions: 1_000,
    writes: [],
    snapshot() {
      const parts = [account.objects, account.parameters, account.identities] as Map<string, unknown>[];
      const contents = parts.map((part) => [...part]);
      const items = [...account.items];
      const kept = account.cloudFormation.copy();
      return () => {
        for (const [index, part] of parts.entries()) {
          part.clear();
          for (const [key, value] of contents[index] ?? []) part.set(key, value);
        }
        account.items.clear();
        for (const item of items) account.items.add(item);
        account.cloudFormation = kept.copy();
      };
    },
  };
  beforeAll(async () => {
    server = await loopbackServer((request, body, response) => answer(account, request, body, response));
  });
  beforeEach(() => {
    for (const part of [account.objects, account.parameters, account.identities, account.items]) part.clear();
    account.writes.length = 0;
    Object.assign(account, { hasCredentials: true, mailsPerDay: 50_000, concurrentExecutions: 1_000 });
    account.cloudFormation = new CloudFormation((url) => objectAt(account, url));
  });
  afterAll(() => server.close());
  return account;
}

/** The object at `https://<bucket>.s3.<region>.amazonaws.com/<key>`; the framework's own variable stands for any bucket. */
function objectAt({ objects }: AwsAccount, url: string): string | undefined {
  const [, key = ""] = /^https:\/\/[^/]+\/(.+)$/.exec(url) ?? [];
  return [...objects].find(([path]) => path.slice(path.indexOf("/") + 1) === key)?.[1].toString();
}

function answer(
  account: AwsAccount,
  request: IncomingMessage,
  body: Buffer,
  response: ServerResponse,
): unknown {
  const service = /Credential=[^/]+\/\d+\/[\w-]+\/([\w-]+)\//.exec(request.headers.authorization ?? "")?.[1];
  try {
    if (service === "s3") return answerS3(account, request, body, response);
    if (service === "lambda")
      return answerJson(response, 200, {
        AccountLimit: { ConcurrentExecutions: account.concurrentExecutions, TotalCodeSize: 80_530_636_800 },
        AccountUsage: { TotalCodeSize: 1_000 },
      });
    if (service === "ssm" || service === "dynamodb")
      return answerJson(response, 200, jsonAnswer(account, request, body), JSON_TYPE);
    const given = new URLSearchParams(body.toString());
    const action = given.get("Action") ?? "";
    if (/^(Execute|Create)/.test(action)) account.writes.push(action);
    const result = queryAnswer(account, service ?? "", action, given);
    return response
      .writeHead(200, { "content-type": "text/xml" })
      .end(`<${action}Response><${action}Result>${xmlOf(result)}</${action}Result></${action}Response>`);
  } catch (thrown) {
    if (!(thrown instanceof Refused)) throw thrown;
    const error = xmlOf({ Error: { Type: "Sender", Code: "ValidationError", Message: thrown.message } });
    return response
      .writeHead(400, { "content-type": "text/xml" })
      .end(`<ErrorResponse>${error}<RequestId>1</RequestId></ErrorResponse>`);
  }
}

function queryAnswer(account: AwsAccount, service: string, action: string, given: URLSearchParams): object {
  if (service === "cloudformation") return account.cloudFormation.answer(action, given);
  if (action === "GetCallerIdentity") {
    if (!account.hasCredentials) throw new Refused("The security token included in the request is invalid.");
    return { Account: ACCOUNT_ID, UserId: "ada", Arn: `arn:aws:iam::${ACCOUNT_ID}:user/ada` };
  }
  if (action === "GetSendQuota") return { Max24HourSend: account.mailsPerDay };
  if (action === "GetAccountSendingEnabled") return { Enabled: true };
  const identity = given.get("Identities.member.1") ?? "";
  const status = account.identities.get(identity);
  const entry = `<entry><key>${identity}</key><value><VerificationStatus>${status}</VerificationStatus></value></entry>`;
  return { VerificationAttributes: status === undefined ? "" : new Raw(entry) };
}

/** XML that is written as it is. */
class Raw extends Date {
  readonly xml: string;
  constructor(xml: string) {
    super(0);
    this.xml = xml;
  }
  override toISOString(): string {
    return this.xml;
  }
}

function jsonAnswer(account: AwsAccount, request: IncomingMessage, body: Buffer): object {
  const action = String(request.headers["x-amz-target"]).split(".")[1];
  const given: unknown = JSON.parse(body.toString());
  if (action === "PutItem" || action === "DeleteItem") {
    const id = String(fieldOf(given, action === "PutItem" ? "Item" : "Key", "keyId", "S"));
    if (action === "PutItem") account.items.add(id);
    else account.items.delete(id);
    return {};
  }
  const named = (name: string) => {
    const found = account.parameters.get(name);
    return found === undefined ? [] : [{ Name: name, ...found }];
  };
  if (action === "GetParameter") return { Parameter: named(String(fieldOf(given, "Name")))[0] };
  return { Parameters: textsOf(fieldOf(given, "Names")).flatMap(named) };
}

function answerS3(
  { objects, writes }: AwsAccount,
  request: IncomingMessage,
  body: Buffer,
  response: ServerResponse,
): void {
  const { pathname, searchParams } = new URL(request.url ?? "", "http://s3");
  const path = decodeURIComponent(pathname.slice(1));
  if (request.method === "PUT") {
    objects.set(path, body);
    writes.push(`PutObject ${path}`);
    response.writeHead(200, { etag: '"1"' }).end();
    return;
  }
  if (searchParams.has("delete")) {
    for (const [, key = ""] of body.toString().matchAll(/<Key>([^<]+)<\/Key>/g)) {
      objects.delete(`${path.replace(/\/$/, "")}/${key}`);
      writes.push(`DeleteObject ${key}`);
    }
    response.writeHead(200, { "content-type": "application/xml" }).end("<DeleteResult></DeleteResult>");
    return;
  }
  if (!searchParams.has("list-type")) {
    const found = objects.get(path);
    if (found === undefined) response.writeHead(404).end("<Error><Code>NoSuchKey</Code></Error>");
    else response.writeHead(200).end(found);
    return;
  }
  const prefix = `${path.replace(/\/$/, "")}/${searchParams.get("prefix") ?? ""}`;
  const keys = [...objects.keys()].filter((key) => key.startsWith(prefix)).sort();
  const contents = keys.map(
    (key) =>
      `<Contents>${xmlOf({ Key: key.slice(key.indexOf("/") + 1), LastModified: new Date() })}</Contents>`,
  );
  response
    .writeHead(200, { "content-type": "application/xml" })
    .end(`<ListBucketResult><IsTruncated>false</IsTruncated>${contents.join("")}</ListBucketResult>`);
}
