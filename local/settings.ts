/**
 * The settings of the local stack: from the environment, then .env, then the defaults below. Decides every variable in
 * the functions' `process.env` that does not come from serverless.yml.
 */

import { createHash } from "node:crypto";
import { existsSync, readFileSync } from "node:fs";
import { hostname, userInfo } from "node:os";
import { join, resolve } from "node:path";
import { parseEnv } from "node:util";
import { readApprovalHours } from "../lib/approvals/request-approval.ts";
import { readTtlHours } from "../lib/idempotency/claims.ts";
import { JWT_VARIABLES } from "../lib/identity/jwt-settings.ts";
import { present } from "../lib/present.ts";
import { readAppSecrets } from "../lib/secrets/app-secret-list.ts";
import { type StripeKeyVariable, stripeKeyMistake } from "../lib/stripe/stripe-keys.ts";
import { originsIn, originsMistake } from "../resources/cors.ts";
import type { AwsEndpoints } from "./emulators.ts";
import { LOCAL_CREDENTIALS } from "./local-credentials.ts";
import { type Environment, LocalStackError, type PortName, type Ports, portsFrom } from "./ports.ts";

export const LOCAL_API_KEY = "local-dev-key";
export const EMULATOR_SECRET_KEY = "sk_test_local";

export interface StackSettings {
  readonly ports: Ports;
  readonly region: string;
  /** The URL of the HTTP API, without a trailing slash. */
  readonly apiUrl: string;
  readonly lambdaUrl: string;
  readonly apiReferenceUrl: string;
  readonly consoleUrl: string;
  readonly stepFunctionsUrl: string;
  readonly endpoints: AwsEndpoints;
  /** False when AWS_ENDPOINT_URL says that DynamoDB, SQS, SNS and SES are elsewhere. */
  readonly embedsAws: boolean;
  /** False when a key for Stripe's test mode is set, or STRIPE_API_BASE. */
  readonly embedsStripe: boolean;
  /** STRIPE_API_BASE: another server with Stripe's API. */
  readonly stripeElsewhere: string | undefined;
  readonly stripeEmulatorUrl: string;
  /** Where the state is kept across restarts; undefined keeps it in memory. An absolute path. */
  readonly stateFolder: string | undefined;
  /** Each of these ports has to be free before anything starts. */
  readonly portsInUse: readonly PortName[];
  /** Hosts other than loopback at which the API is reached, and origins whose pages may call it. */
  readonly apiGuard: { readonly hosts: readonly string[]; readonly origins: readonly string[] };
  readonly webhookSecrets: readonly string[];
  readonly mailIdentities: readonly string[];
  readonly functionEnvironment: Readonly<Record<string, string>>;
}

/** The service's .env, overridden by `environment`. */
export function withDotEnv(environment: Environment, serviceDirectory: string): Environment {
  const path = join(serviceDirectory, ".env");
  return existsSync(path) ? { ...parseEnv(readFileSync(path, "utf8")), ...environment } : environment;
}

/** Variables of a developer's own AWS account. They must not decide what the local stack talks to. */
const FOREIGN_AWS_VARIABLES = [
  "AWS_PROFILE",
  "AWS_SESSION_TOKEN",
  "AWS_SECURITY_TOKEN",
  "AWS_ROLE_ARN",
  "AWS_WEB_IDENTITY_TOKEN_FILE",
  "AWS_CONTAINER_CREDENTIALS_FULL_URI",
  "AWS_CONTAINER_CREDENTIALS_RELATIVE_URI",
  "AWS_IGNORE_CONFIGURED_ENDPOINT_URLS",
  // With it, serverless-offline would take every caller for the one that the variable describes.
  "AUTHORIZER",
] as const;

/** Removes those variables, so that no client in this process uses them. */
export function forgetForeignAwsVariables(environment: Record<string, string | undefined>): void {
  for (const name of FOREIGN_AWS_VARIABLES) delete environment[name];
}

/** The settings, or a LocalStackError that says what is wrong with the environment. */
export function stackSettings(
  environment: Environment,
  service: { stage: string; region: string },
): StackSettings {
  const set = (name: string) => environment[name]?.trim() || undefined;
  const ports = portsFrom(environment);
  const url = (name: PortName) => `http://127.0.0.1:${ports[name]}`;

  const secretKey = set("STRIPE_SECRET_KEY") ?? EMULATOR_SECRET_KEY;
  refuseKeyOfOtherStage("STRIPE_SECRET_KEY", secretKey, service.stage);
  const stripeElsewhere = stripeServer(set("STRIPE_API_BASE"));
  const embedsStripe = stripeElsewhere === undefined && secretKey === EMULATOR_SECRET_KEY;
  const publishableKey =
    set("STRIPE_PUBLISHABLE_KEY") ?? (secretKey === EMULATOR_SECRET_KEY ? "pk_test_local" : undefined);
  if (publishableKey !== undefined) {
    refuseKeyOfOtherStage("STRIPE_PUBLISHABLE_KEY", publishableKey, service.stage);
  }
  const webhookSecret = set("STRIPE_WEBHOOK_SECRET") ?? "whsec_local";

  readTtlHours(set("IDEMPOTENCY_TTL_HOURS"));
  readApprovalHours(set("APPROVAL_HOURS"));
  const appSecret = set("APP_SECRET") ?? defaultAppSecret(embedsStripe);
  const appSecrets = readAppSecrets(appSecret);
  if (!appSecrets.ok) {
    throw new LocalStackError(
      `APP_SECRET ${appSecrets.mistake}. Make one with: openssl rand -base64 32; or leave it out.`,
    );
  }

  const elsewhere = set("AWS_ENDPOINT_URL");
  const endpoints: AwsEndpoints =
    elsewhere === undefined
      ? {
          dynamodb: url("DYNAMODB_PORT"),
          sqs: url("SQS_PORT"),
          sns: url("SQS_PORT"),
          ses: url("MAILBOX_PORT"),
          s3: url("SQS_PORT"),
        }
      : sameEndpoint(elsewhere);

  const origins = set("CORS_ORIGINS") ?? "";
  const returnOrigins = set("RETURN_ORIGINS") ?? "http://localhost:5173";
  const originMistake =
    originsMistake("CORS_ORIGINS", origins) ?? originsMistake("RETURN_ORIGINS", returnOrigins);
  if (originMistake !== undefined) throw new LocalStackError(originMistake);

  const parameters = set("LOCAL_SSM_URL");
  const secrets = {
    STRIPE_SECRET_KEY: secretKey,
    STRIPE_WEBHOOK_SECRET: webhookSecret,
    APP_SECRET: appSecret,
  };
  const apiUrl = `http://localhost:${ports.PORT}`;
  const publicUrl = set("PUBLIC_URL") ?? apiUrl;
  const emailFrom = set("EMAIL_FROM") ?? "payments@example.com";
  const stripeEmulatorUrl = url("STRIPE_EMULATOR_PORT");
  return {
    ports,
    region: service.region,
    apiUrl,
    lambdaUrl: url("LAMBDA_PORT"),
    apiReferenceUrl: url("API_REFERENCE_PORT"),
    consoleUrl: `${url("CONSOLE_PORT")}/console`,
    stepFunctionsUrl: url("STEP_FUNCTIONS_PORT"),
    endpoints,
    embedsAws: elsewhere === undefined,
    embedsStripe,
    stripeElsewhere,
    stripeEmulatorUrl,
    stateFolder: stateFolderIn(environment),
    portsInUse: [
      "PORT",
      "LAMBDA_PORT",
      "STEP_FUNCTIONS_PORT",
      "API_REFERENCE_PORT",
      ...(elsewhere === undefined ? (["DYNAMODB_PORT", "SQS_PORT", "MAILBOX_PORT"] as const) : []),
      ...(embedsStripe ? (["STRIPE_EMULATOR_PORT"] as const) : []),
    ],
    apiGuard: {
      hosts: publicUrl === apiUrl || !URL.canParse(publicUrl) ? [] : [new URL(publicUrl).host],
      origins: originsIn(origins),
    },
    webhookSecrets: webhookSecret.split(",").map((secret) => secret.trim()),
    mailIdentities: [emailFrom],
    functionEnvironment: {
      AWS_ACCESS_KEY_ID: LOCAL_CREDENTIALS.accessKeyId,
      AWS_SECRET_ACCESS_KEY: LOCAL_CREDENTIALS.secretAccessKey,
      AWS_REGION: service.region,
      AWS_DEFAULT_REGION: service.region,
      AWS_ENDPOINT_URL_DYNAMODB: endpoints.dynamodb,
      AWS_ENDPOINT_URL_SQS: endpoints.sqs,
      AWS_ENDPOINT_URL_SNS: endpoints.sns,
      AWS_ENDPOINT_URL_SES: endpoints.ses,
      AWS_ENDPOINT_URL_S3: endpoints.s3,
      AWS_ENDPOINT_URL_SFN: url("STEP_FUNCTIONS_PORT"),
      AWS_ENDPOINT_URL_LAMBDA: url("LAMBDA_PORT"),
      AWS_PATIENCE: "3",
      LOOPBACK_ENDPOINTS: "allowed",
      ...(parameters === undefined ? secrets : { AWS_ENDPOINT_URL_SSM: parameters }),
      ...present({ STRIPE_PUBLISHABLE_KEY: publishableKey }),
      ...present({ STRIPE_API_BASE: embedsStripe ? stripeEmulatorUrl : stripeElsewhere }),
      PUBLIC_URL: publicUrl,
      API_URL: apiUrl,
      RETURN_ORIGINS: returnOrigins,
      EMAIL_FROM: emailFrom,
      ADMIN_EMAIL: set("ADMIN_EMAIL") ?? "admin@example.com",
      ...Object.fromEntries(JWT_VARIABLES.map((name) => [name, set(name) ?? ""])),
    },
  };
}

/** LOCAL_STATE_FOLDER, relative to the current folder; undefined when it is not set or `none`. */
export function stateFolderIn(environment: Environment): string | undefined {
  const folder = environment.LOCAL_STATE_FOLDER?.trim();
  return folder === undefined || folder === "" || folder === "none" ? undefined : resolve(folder);
}

function stripeServer(text: string | undefined): string | undefined {
  if (text === undefined) return undefined;
  const url = URL.canParse(text) ? new URL(text) : undefined;
  if (url === undefined || !/^https?:$/.test(url.protocol) || url.pathname !== "/" || url.search !== "") {
    throw new LocalStackError(
      `STRIPE_API_BASE=${text} is not the address of a server, such as http://localhost:12111: /v1 is added to it.`,
    );
  }
  return url.origin;
}

function sameEndpoint(text: string): AwsEndpoints {
  if (!URL.canParse(text) || !/^https?:$/.test(new URL(text).protocol)) {
    throw new LocalStackError(
      `AWS_ENDPOINT_URL=${text} is not an http URL; LocalStack's is http://localhost:4566.`,
    );
  }
  const endpoint = text.replace(/\/+$/, "");
  return { dynamodb: endpoint, sqs: endpoint, sns: endpoint, ses: endpoint, s3: endpoint };
}

function refuseKeyOfOtherStage(variable: StripeKeyVariable, key: string, stage: string): void {
  const mistake = stripeKeyMistake(variable, key, stage);
  if (mistake !== undefined) throw new LocalStackError(mistake);
}

/**
 * It protects nothing. But on a real Stripe account it differs from machine to machine: two local stacks that share the
 * account must not send the same idempotency keys.
 */
function defaultAppSecret(embedsStripe: boolean): string {
  if (embedsStripe) return "local-app-secret-that-protects-nothing";
  const machine = [hostname(), userInfo().username, process.cwd()].join("\n");
  return `local-app-secret-of-${createHash("sha256").update(machine).digest("hex")}`;
}
