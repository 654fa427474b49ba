/**
 * Calls to AWS services of which the functions need few operations, without their clients: a client is 20 to 170 KB of each
 * bundle. Requests are signed by the AWS SDK's own signer and sent by its HTTP handler, which the bundles contain anyway,
 * for DynamoDB and SQS. Tries, time limits and endpoint variables are those of the SDK's clients.
 */
import { setTimeout as wait } from "node:timers/promises";
import { defaultProvider } from "@aws-sdk/credential-provider-node";
import { Sha256 } from "@smithy/core/checksum";
import { HttpRequest } from "@smithy/core/protocols";
import { NodeHttpHandler } from "@smithy/node-http-handler";
import { SignatureV4 } from "@smithy/signature-v4";
import { env, optionalEnv } from "../env.ts";
import { present } from "../present.ts";
import { type Fields, isRecord, parseJson } from "../untrusted.ts";
import { RefusedByAws, refusalOf } from "./refused-by-aws.ts";
import { type CallLimits, LIMITS, limitedTo, longestBackoffMs } from "./timeouts.ts";

interface Service {
  /** As people call it, in messages. */
  readonly name: string;
  /** Left out for a service that has a request of its own for each operation. */
  readonly protocol?: Protocol;
  /** Names another endpoint; AWS_ENDPOINT_URL names one for all services. */
  readonly endpointVariable: string;
  readonly limits: CallLimits;
}

/** How operations are named and inputs are written; responses of the query protocol are not read. */
type Protocol =
  /** `target` is the service's part of `X-Amz-Target`. */
  { readonly target: string; readonly contentType: string } | { readonly queryVersion: string };

/** By IAM's prefix, which is also the service's name in signatures and in the host of its endpoint. */
const SERVICES = {
  ssm: {
    name: "SSM",
    protocol: { target: "AmazonSSM", contentType: "application/x-amz-json-1.1" },
    endpointVariable: "AWS_ENDPOINT_URL_SSM",
    limits: LIMITS.ssm,
  },
  sns: {
    name: "SNS",
    protocol: { queryVersion: "2010-03-31" },
    endpointVariable: "AWS_ENDPOINT_URL_SNS",
    limits: LIMITS.sns,
  },
  states: {
    name: "Step Functions",
    protocol: { target: "AWSStepFunctions", contentType: "application/x-amz-json-1.0" },
    endpointVariable: "AWS_ENDPOINT_URL_SFN",
    limits: LIMITS.stepFunctions,
  },
  s3: { name: "S3", endpointVariable: "AWS_ENDPOINT_URL_S3", limits: LIMITS.s3 },
} as const satisfies Record<string, Service>;

type ServiceId = keyof typeof SERVICES;

type NamedOperations = Exclude<ServiceId, "s3">;

/** Services accept signatures whose time is at most five minutes from theirs. */
const TOLERATED_SKEW_MS = 4 * 60 * 1000;
/** No response that we ask for is near it. */
const MOST_RESPONSE_BYTES = 16 * 1024 * 1024;

interface Connection {
  readonly handler: NodeHttpHandler;
  readonly signer: SignatureV4;
}

interface Response {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: Buffer;
}

/** What differs from one call to another. */
interface Request {
  readonly method: "GET" | "PUT" | "POST";
  /** In front of AWS's own host name: `<bucket>.`. Where a variable names the endpoint, it is the beginning of the path. */
  readonly bucket?: string;
  /** After the endpoint's own, with a slash in front. Letters, digits and `-./` only. */
  readonly path?: string;
  readonly query?: Readonly<Record<string, string>>;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string | Buffer;
}

const connections = new Map<ServiceId, Connection>();
/** How far the clock of AWS is ahead of this machine's, in milliseconds. */
let clockOffsetMs = 0;

/**
 * Calls an operation by IAM's name, and returns the parsed JSON of the response; undefined for a response of SNS, which is XML.
 * Tries again what may succeed a moment
 * later: after throttling, a 5xx, a broken connection, no response in time. Throws RefusedByAws if the service refuses the
 * call, and the error of the connection if no response arrives. `abortSignal` ends all tries.
 */
export async function callAws(
  action: `${NamedOperations}:${string}`,
  input: object,
  abortSignal?: AbortSignal,
): Promise<unknown> {
  const { id, operation } = partsOf(action);
  if (id === "s3") throw new Error("S3 has a request of its own for each operation");
  const { protocol } = SERVICES[id];
  const headers =
    "target" in protocol
      ? { "content-type": protocol.contentType, "x-amz-target": `${protocol.target}.${operation}` }
      : { "content-type": "application/x-www-form-urlencoded" };
  const request = { method: "POST", headers, body: bodyOf(protocol, operation, input) } as const;
  const { body } = await exchange(id, operation, request, abortSignal);
  return parseJson(body.toString());
}

/** Sends a request to S3, by IAM's name of what it does, and returns the body of the response. Tries and throws as `callAws`. */
export async function callS3(action: `s3:${string}`, request: Request): Promise<Buffer> {
  return (await exchange("s3", partsOf(action).operation, request)).body;
}

async function exchange(
  id: ServiceId,
  operation: string,
  request: Request,
  abortSignal?: AbortSignal,
): Promise<Response> {
  const { name, limits } = SERVICES[id];
  for (let attempt = 1; ; attempt += 1) {
    const mayTryAgain = () => attempt < limits.maxAttempts && abortSignal?.aborted !== true;
    const got = await tryOnce(id, await signedRequest(id, request), abortSignal);
    if ("lost" in got) {
      if (!mayTryAgain()) throw got.lost;
    } else {
      if (got.status < 300) return got;
      const refusal = refusalOf({ ...got, text: got.body.toString() });
      const isCorrected = refusal.isAboutTime && correctClock(got.headers.date);
      if (!mayTryAgain() || !(refusal.mayPass || isCorrected)) {
        throw new RefusedByAws(`${name} ${operation}`, refusal);
      }
    }
    await wait(Math.random() * longestBackoffMs(attempt));
  }
}

function bodyOf(protocol: Protocol, operation: string, input: object): string {
  if ("target" in protocol) return JSON.stringify(input);
  const version = { Action: operation, Version: protocol.queryVersion };
  return new URLSearchParams([...Object.entries(version), ...queryFields(input, "")]).toString();
}

/**
 * The fields as AWS's query protocol names them: `MessageAttributes.entry.1.Name`, `MessageAttributes.entry.1.Value.DataType`. An
 * object within an object is a map.
 */
function queryFields(input: object, path: string): [string, string][] {
  return Object.entries(input).flatMap(([name, value]): [string, string][] =>
    isRecord(value) ? queryEntries(value, `${path}${name}.entry.`) : [[`${path}${name}`, String(value)]],
  );
}

function queryEntries(map: Fields, path: string): [string, string][] {
  return Object.entries(map).flatMap(([name, value], index): [string, string][] => {
    const at = `${path}${index + 1}.`;
    return [
      [`${at}Name`, name],
      ...(isRecord(value)
        ? queryFields(value, `${at}Value.`)
        : [[`${at}Value`, String(value)] as [string, string]]),
    ];
  });
}

function partsOf(action: string): { readonly id: ServiceId; readonly operation: string } {
  const [id = "", operation = ""] = action.split(":");
  if (isServiceId(id)) return { id, operation };
  throw new Error(`${id} is not one of the services of lib/aws/signed-request.ts`);
}

function isServiceId(prefix: string): prefix is ServiceId {
  return Object.hasOwn(SERVICES, prefix);
}

async function signedRequest(
  id: ServiceId,
  { method, bucket, path = "", query = {}, headers = {}, body = "" }: Request,
): Promise<HttpRequest> {
  const { protocol, hostname, port, host, pathname } = endpointOf(id, bucket);
  const request = new HttpRequest({
    method,
    protocol,
    hostname,
    ...(port === "" ? {} : { port: Number(port) }),
    path: path === "" ? pathname : `${pathname.replace(/\/$/, "")}${path}`,
    query: { ...query },
    headers: { host, "content-length": String(Buffer.byteLength(body)), ...headers },
    body,
  });
  const signingDate = new Date(Date.now() + clockOffsetMs);
  return new HttpRequest(await connectionTo(id).signer.sign(request, { signingDate }));
}

/** The endpoint that this service's variable names, or the one for all services, or AWS's own in the region. */
function endpointOf(id: ServiceId, bucket: string | undefined): URL {
  const { endpointVariable } = SERVICES[id];
  const variable = [endpointVariable, "AWS_ENDPOINT_URL"].find((name) => optionalEnv(name) !== undefined);
  if (variable === undefined) {
    const host = `${id}.${env("AWS_REGION")}.amazonaws.com`;
    return new URL(`https://${bucket === undefined ? "" : `${bucket}.`}${host}/`);
  }
  const address = env(variable);
  const url = URL.canParse(address) ? new URL(address) : undefined;
  if (url?.protocol !== "http:" && url?.protocol !== "https:") {
    throw new Error(`${variable} is not the URL of a server, such as http://localhost:4566`);
  }
  if (bucket !== undefined) url.pathname = `${url.pathname.replace(/\/$/, "")}/${bucket}/`;
  return url;
}

function connectionTo(id: ServiceId): Connection {
  const known = connections.get(id);
  if (known !== undefined) return known;
  const made = {
    handler: new NodeHttpHandler(limitedTo(SERVICES[id].limits).requestHandler),
    signer: new SignatureV4({
      credentials: defaultProvider(),
      region: async () => env("AWS_REGION"),
      service: id,
      sha256: Sha256,
      // S3 signs the path as it is sent; other services sign it encoded once more.
      uriEscapePath: id !== "s3",
    }),
  };
  connections.set(id, made);
  return made;
}

async function tryOnce(
  id: ServiceId,
  request: HttpRequest,
  abortSignal: AbortSignal | undefined,
): Promise<Response | { readonly lost: unknown }> {
  try {
    const { response } = await connectionTo(id).handler.handle(request, present({ abortSignal }));
    return { status: response.statusCode, headers: response.headers, body: await bytesOf(response.body) };
  } catch (thrown) {
    return { lost: thrown };
  }
}

/** Throws if the body ends early or is far too large. */
async function bytesOf(body: AsyncIterable<Uint8Array>): Promise<Buffer> {
  const chunks: Uint8Array[] = [];
  let size = 0;
  for await (const chunk of body) {
    size += chunk.length;
    if (size > MOST_RESPONSE_BYTES) throw new Error("The response is larger than any that AWS sends");
    chunks.push(chunk);
  }
  return Buffer.concat(chunks);
}

/** Believes AWS's clock if this machine's is far from it. Returns whether the next signature will have another time. */
function correctClock(date: string | undefined): boolean {
  const offsetMs = Date.parse(date ?? "") - Date.now();
  if (Number.isNaN(offsetMs) || Math.abs(offsetMs - clockOffsetMs) < TOLERATED_SKEW_MS) return false;
  clockOffsetMs = offsetMs;
  return true;
}
