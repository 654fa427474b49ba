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
  readonly protocol: Protocol;
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
} as const satisfies Record<string, Service>;

type ServiceId = keyof typeof SERVICES;

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
  readonly text: string;
}

const connections = new Map<ServiceId, Connection>();
/** How far the clock of AWS is ahead of this machine's, in milliseconds. */
let clockOffsetMs = 0;

/**
 * Calls an operation by IAM's name, and returns the parsed JSON of the response; undefined for a response of SNS, which is XML. Tries again what may succeed a moment
 * later: after throttling, a 5xx, a broken connection, no response in time. Throws RefusedByAws if the service refuses the
 * call, and the error of the connection if no response arrives. `abortSignal` ends all tries.
 */
export async function callAws(
  action: `${ServiceId}:${string}`,
  input: object,
  abortSignal?: AbortSignal,
): Promise<unknown> {
  const [id, operation] = partsOf(action);
  const { name, limits } = SERVICES[id];
  const body = bodyOf(SERVICES[id].protocol, operation, input);
  for (let attempt = 1; ; attempt += 1) {
    const mayTryAgain = () => attempt < limits.maxAttempts && abortSignal?.aborted !== true;
    const request = await signedRequest(id, operation, body);
    const got = await exchange(id, request, abortSignal);
    if ("lost" in got) {
      if (!mayTryAgain()) throw got.lost;
    } else {
      if (got.status < 300) return parseJson(got.text);
      const refusal = refusalOf(got);
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

function partsOf(action: string): [ServiceId, string] {
  const [prefix = "", operation = ""] = action.split(":");
  if (isServiceId(prefix)) return [prefix, operation];
  throw new Error(`${prefix} is not one of the services of lib/aws/signed-request.ts`);
}

function isServiceId(prefix: string): prefix is ServiceId {
  return Object.hasOwn(SERVICES, prefix);
}

async function signedRequest(id: ServiceId, operation: string, body: string): Promise<HttpRequest> {
  const { protocol: written } = SERVICES[id];
  const { protocol, hostname, port, host, pathname } = endpointOf(id);
  const request = new HttpRequest({
    method: "POST",
    protocol,
    hostname,
    ...(port === "" ? {} : { port: Number(port) }),
    path: pathname,
    headers: {
      host,
      "content-length": String(Buffer.byteLength(body)),
      ...("target" in written
        ? { "content-type": written.contentType, "x-amz-target": `${written.target}.${operation}` }
        : { "content-type": "application/x-www-form-urlencoded" }),
    },
    body,
  });
  const signingDate = new Date(Date.now() + clockOffsetMs);
  return new HttpRequest(await connectionTo(id).signer.sign(request, { signingDate }));
}

/** The endpoint that this service's variable names, or the one for all services, or AWS's own in the region. */
function endpointOf(id: ServiceId): URL {
  const { endpointVariable } = SERVICES[id];
  const variable = [endpointVariable, "AWS_ENDPOINT_URL"].find((name) => optionalEnv(name) !== undefined);
  if (variable === undefined) return new URL(`https://${id}.${env("AWS_REGION")}.amazonaws.com/`);
  const address = env(variable);
  const url = URL.canParse(address) ? new URL(address) : undefined;
  if (url?.protocol === "http:" || url?.protocol === "https:") return url;
  throw new Error(`${variable} is not the URL of a server, such as http://localhost:4566`);
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
    }),
  };
  connections.set(id, made);
  return made;
}

async function exchange(
  id: ServiceId,
  request: HttpRequest,
  abortSignal: AbortSignal | undefined,
): Promise<Response | { readonly lost: unknown }> {
  try {
    const { response } = await connectionTo(id).handler.handle(request, present({ abortSignal }));
    return { status: response.statusCode, headers: response.headers, text: await textOf(response.body) };
  } catch (thrown) {
    return { lost: thrown };
  }
}

/** Throws if the body ends early or is far too large. */
async function textOf(body: AsyncIterable<Uint8Array>): Promise<string> {
  const chunks: Uint8Array[] = [];
  let size = 0;
  for await (const chunk of body) {
    size += chunk.length;
    if (size > MOST_RESPONSE_BYTES) throw new Error("The response is larger than any that AWS sends");
    chunks.push(chunk);
  }
  return Buffer.concat(chunks).toString();
}

/** Believes AWS's clock if this machine's is far from it. Returns whether the next signature will have another time. */
function correctClock(date: string | undefined): boolean {
  const offsetMs = Date.parse(date ?? "") - Date.now();
  if (Number.isNaN(offsetMs) || Math.abs(offsetMs - clockOffsetMs) < TOLERATED_SKEW_MS) return false;
  clockOffsetMs = offsetMs;
  return true;
}
