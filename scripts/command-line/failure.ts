/** The message for an operator when a command could not do its work: never a secret, never a raw stack. No I/O. */
import { Problem } from "../../lib/errors.ts";
import { describeCause } from "../../lib/log.ts";
import { scrub } from "../../lib/scrub.ts";
import type { Target } from "./command.ts";

/**
 * Errors whose message says what to do. Listed by name, because commands that run without the compiler and without the
 * local stack also use this module.
 */
const SELF_EXPLAINING: readonly string[] = ["SourceError", "LocalStackError"];

export type Environment = Readonly<Record<string, string | undefined>>;

/** `environment` contains the endpoints that the command calls; DEBUG in it adds the causes and their stacks. */
export function describeFailure(thrown: unknown, target: Target, environment: Environment): string {
  const text = isSelfExplaining(thrown)
    ? scrub(thrown.message)
    : thrown instanceof Problem && thrown.code !== "INTERNAL_ERROR"
      ? describeProblem(thrown, target, environment)
      : `Unexpected error: ${firstLine(describeCause(thrown))}\nRun it again with DEBUG=1 to see where it happened.`;
  return environment.DEBUG ? `${text}\n\n${detailsOf(thrown)}` : text;
}

function isSelfExplaining(thrown: unknown): thrown is Error {
  return thrown instanceof Error && SELF_EXPLAINING.includes(thrown.name);
}

function describeProblem(problem: Problem, target: Target, environment: Environment): string {
  const cause = firstLine(describeCause(problem.cause));
  const reason = cause === "" ? "" : `: ${cause}`;
  const what = `${scrub(problem.message)}${reason}`;
  if (problem.status < 500) return what;
  return `${what}\n${whereAsked(problem.message, environment)}${whatToDo(problem.message, target, environment)}`;
}

/** A line with the endpoint of the service whose name starts the message. */
function whereAsked(message: string, environment: Environment): string {
  const region = `in ${environment.AWS_REGION ?? "us-east-1"}`;
  // scripts/target.ts sets the name of every table, all with the same prefix.
  const tables = `tables ${environment.API_KEYS_TABLE?.replace(/(?:api-keys|ApiKeysTable-\w+)$/, "*")}`;
  const places: Readonly<Record<string, string>> = {
    DynamoDB: `DynamoDB, ${environment.AWS_ENDPOINT_URL_DYNAMODB ?? region}, ${tables}`,
    SQS: `SQS, ${environment.AWS_ENDPOINT_URL_SQS ?? region}`,
    SSM: `SSM, ${environment.AWS_ENDPOINT_URL_SSM ?? region}`,
    Stripe: `Stripe, ${environment.STRIPE_API_BASE ?? "https://api.stripe.com"}`,
  };
  const service = Object.keys(places).find((name) => message.startsWith(`${name} `));
  return service === undefined ? "" : `Called: ${places[service]}\n`;
}

function whatToDo(message: string, { stage }: Target, environment: Environment): string {
  const { AWS_ENDPOINT_URL_DYNAMODB: dynamodb, AWS_ENDPOINT_URL_SQS: sqs } = environment;
  // Only a server that AWS_ENDPOINT_URL names has all services at one address.
  if (stage === undefined && dynamodb !== undefined && dynamodb === sqs)
    return `Is the server at AWS_ENDPOINT_URL=${dynamodb} running (docker compose up -d), and has npm start been run with it?`;
  if (stage === undefined)
    return "Is the local stack running (npm start)? For a deployed stage, name it with --stage.";
  if (message.startsWith("Stripe ")) return `Is the Stripe key of the stage ${stage} right? docs/deploy.md`;
  return `Is ${stage} deployed in that region (--region), and does this shell have AWS credentials for its account?`;
}

function detailsOf(thrown: unknown): string {
  const cause = thrown instanceof Error ? thrown.cause : undefined;
  return [thrown, cause].flatMap((error) => describeCause(error) ?? []).join("\n");
}

function firstLine(text = ""): string {
  return text.split("\n")[0] ?? "";
}
