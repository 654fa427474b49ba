/** Checks that AWS_ENDPOINT_URL leads to what the local stack needs, before anything is created there. */
import { DynamoDBClient, ListTablesCommand } from "@aws-sdk/client-dynamodb";
import { ListIdentitiesCommand, SESClient } from "@aws-sdk/client-ses";
import { ListTopicsCommand, SNSClient } from "@aws-sdk/client-sns";
import { ListQueuesCommand, SQSClient } from "@aws-sdk/client-sqs";
import { fieldOf, textOf } from "../lib/untrusted.ts";
import type { AwsEndpoints } from "./emulators.ts";
import { LOCAL_ACCOUNT_ID, LOCAL_CREDENTIALS } from "./local-credentials.ts";
import { LocalStackError } from "./ports.ts";

const WITHIN_MS = 5_000;
const REMEDY =
  "Start LocalStack (docker compose up -d), correct AWS_ENDPOINT_URL, or remove it: then the local stack brings its own services.";

/** Throws a LocalStackError that names each service that does not work there, its endpoint, the reason and the remedy. */
export async function checkEndpoints(endpoints: AwsEndpoints, region: string): Promise<void> {
  const options = (endpoint: string) => ({
    endpoint,
    region,
    credentials: LOCAL_CREDENTIALS,
    maxAttempts: 1,
  });
  const dynamodb = new DynamoDBClient(options(endpoints.dynamodb));
  const sqs = new SQSClient(options(endpoints.sqs));
  const sns = new SNSClient(options(endpoints.sns));
  const ses = new SESClient(options(endpoints.ses));
  const abortSignal = AbortSignal.timeout(WITHIN_MS);
  const mistakes = await Promise.all([
    mistakeOf("DynamoDB", endpoints.dynamodb, watched(dynamodb), () =>
      dynamodb.send(new ListTablesCommand({ Limit: 1 }), { abortSignal }),
    ),
    mistakeOf("SQS", endpoints.sqs, watched(sqs), () => sqs.send(new ListQueuesCommand({}), { abortSignal })),
    mistakeOf("SNS", endpoints.sns, watched(sns), () => sns.send(new ListTopicsCommand({}), { abortSignal })),
    mistakeOf("SES", endpoints.ses, watched(ses), () =>
      ses.send(new ListIdentitiesCommand({}), { abortSignal }),
    ),
  ]);
  for (const client of [dynamodb, sqs, sns, ses]) client.destroy();
  const found = mistakes.filter((mistake) => mistake !== undefined);
  if (found.length > 0) throw new LocalStackError([...found, REMEDY].join("\n"));
}

/** Throws a LocalStackError when the ARN or queue URL that a service returned belongs to another account. */
export function assertLocalAccount(service: string, endpoint: string, arnOrUrl: string | undefined): void {
  const account = /(?:^|[:/])(\d{12})(?=[:/])/.exec(arnOrUrl ?? "")?.[1];
  if (account === undefined || account === LOCAL_ACCOUNT_ID) return;
  throw new LocalStackError(
    `${service} at ${endpoint} uses the account ${account}; the local stack needs ${LOCAL_ACCOUNT_ID}, which LocalStack uses for the access key "${LOCAL_CREDENTIALS.accessKeyId}". Configure that account there (moto: MOTO_ACCOUNT_ID=${LOCAL_ACCOUNT_ID}), or remove AWS_ENDPOINT_URL.`,
  );
}

/** The status and the content type of the last response. */
interface Seen {
  status?: number;
  type?: string;
}

/** The part of a client that sends. */
interface Sender {
  readonly config: { readonly requestHandler: { handle(...call: never[]): Promise<{ response: object }> } };
}

/** Notes what the client's responses look like: some parsers make an empty result of a web page. */
function watched({ config: { requestHandler } }: Sender): Seen {
  const seen: Seen = {};
  const handle = requestHandler.handle.bind(requestHandler);
  requestHandler.handle = async (...call) => {
    const result = await handle(...call);
    seen.status = Number(fieldOf(result.response, "statusCode"));
    seen.type = String(fieldOf(result.response, "headers", "content-type") ?? "");
    return result;
  };
  return seen;
}

async function mistakeOf(
  service: string,
  endpoint: string,
  seen: Seen,
  call: () => Promise<unknown>,
): Promise<string | undefined> {
  const where = `${service} at ${endpoint} (AWS_ENDPOINT_URL)`;
  let thrown: unknown;
  try {
    await call();
  } catch (error) {
    thrown = error;
  }
  if (seen.status === undefined)
    return thrown === undefined ? undefined : `${where} does not respond: ${reason(thrown)}.`;
  if (!/json|xml|amz/i.test(seen.type ?? "")) {
    return `${where} is something else: it responds with status ${seen.status} and the content type ${seen.type || "none"}.`;
  }
  return thrown === undefined ? undefined : `${where} does not work: ${reason(thrown)}.`;
}

function reason(thrown: unknown): string {
  const { name, message, code } = Object(thrown);
  if (name === "AbortError" || name === "TimeoutError") return `nothing came within ${WITHIN_MS / 1_000} s`;
  const [line = ""] = String(message ?? "").split("\n");
  // The SDK wraps what is not an Error to it.
  const text = line.replace(/^AWS SDK error wrapper for (Error: )?/, "").replace(/\.$/, "");
  const kind = textOf(code) ?? textOf(name) ?? "Error";
  if (text === "") return kind;
  return kind === "Error" || text.includes(kind) ? text : `${kind}: ${text}`;
}
