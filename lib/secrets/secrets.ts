/**
 * Secrets by name. On a laptop they come from the environment (.env); on AWS from SSM SecureString parameters
 * `<SECRETS_PATH>/<NAME>`. A function's SECRETS lists those that its grants give it (resources/grants.ts), which are
 * exactly those that its role can read. One call at the cold start reads them all. Only successful reads are remembered: after
 * a failure the next call tries again. The webhook secret, which Stripe can change, is read again from time to time.
 */

import { readParameters } from "../aws/ssm.ts";
import { optionalEnv } from "../env.ts";
import { Problem } from "../errors.ts";
import { describeCause, log } from "../log.ts";
import { onStartUp } from "../start-up.ts";
import { readAppSecrets } from "./app-secret-list.ts";

const SECRET_NAMES = ["APP_SECRET", "STRIPE_SECRET_KEY", "STRIPE_WEBHOOK_SECRET"] as const;

export type SecretName = (typeof SECRET_NAMES)[number];

/** An instance that runs longer than this reads the webhook secret again; docs/deploy.md says how long to wait. */
export const WEBHOOK_SECRET_MAX_AGE_MS = 5 * 60 * 1000;

const known = new Map<SecretName, { readonly value: string; checkedAt: number }>();
let reading: Promise<void> | undefined;

/**
 * Begins to read the secrets named in SECRETS, so that they arrive while the rest starts up. Does nothing if the
 * environment already has them. Never throws: the first call that needs a secret reads it again, and reports the failure.
 */
export function warmSecrets(): void {
  if (optionalEnv("SECRETS_PATH") === undefined || missing().length === 0) return;
  readMissing().catch(() => undefined);
}
onStartUp(warmSecrets);

/**
 * The secret's value. Throws SERVICE_UNAVAILABLE if SSM cannot be read or has no such parameter, and INTERNAL_ERROR
 * for a secret that this function does not name in SECRETS.
 */
export async function secret(name: SecretName): Promise<string> {
  const local = optionalEnv(name);
  if (local !== undefined) return local;
  const held = known.get(name);
  if (held !== undefined) return held.value;
  if (!declared().includes(name)) {
    throw new Problem(
      "INTERNAL_ERROR",
      `${name} is neither in the environment nor in SECRETS ("${declared().join(" ")}"): ` +
        "give the function a grant from resources/grants.ts that includes it, or set it in .env",
    );
  }
  // That read began earlier. Lambda may have frozen the process in the middle of it, which is not a reason to fail.
  if (!known.has(name)) await reading?.catch(() => undefined);
  if (!known.has(name)) await readMissing();
  const value = known.get(name)?.value;
  if (value === undefined) {
    throw new Problem("SERVICE_UNAVAILABLE", `SSM parameter ${parameterOf(name)} does not exist or is empty`);
  }
  return value;
}

/** What APP_SECRET last contained, and the secrets in it: each call needs them several times. */
let lastRead: { readonly text: string; readonly secrets: readonly string[] } | undefined;

/**
 * The secrets in APP_SECRET: the current one first, then, during a rotation, the previous one. Throws
 * SERVICE_UNAVAILABLE if there is none, or one is too short.
 */
export async function appSecrets(): Promise<readonly string[]> {
  const text = await secret("APP_SECRET");
  if (lastRead?.text === text) return lastRead.secrets;
  const read = readAppSecrets(text);
  if (read.ok) {
    lastRead = { text, secrets: read.secrets };
    return read.secrets;
  }
  throw new Problem("SERVICE_UNAVAILABLE", `${placeOf("APP_SECRET")} ${read.mistake}`);
}

/**
 * The secrets in STRIPE_WEBHOOK_SECRET: one, or several during a rotation. They are read again by age only. So a rotation
 * reaches every instance, and forged requests cannot cause additional calls. If SSM does not respond, the known secrets
 * stay valid for the same time again. Throws SERVICE_UNAVAILABLE if there is none.
 */
export async function webhookSecrets(): Promise<string[]> {
  await readWhenOlder("STRIPE_WEBHOOK_SECRET", WEBHOOK_SECRET_MAX_AGE_MS);
  const listed = (await secret("STRIPE_WEBHOOK_SECRET")).split(",").map((text) => text.trim());
  const secrets = listed.filter((text) => text !== "");
  if (secrets.length > 0) return secrets;
  throw new Problem("SERVICE_UNAVAILABLE", `${placeOf("STRIPE_WEBHOOK_SECRET")} contains no secret`);
}

async function readWhenOlder(name: SecretName, maxAgeMs: number): Promise<void> {
  const held = known.get(name);
  if (held === undefined || Date.now() - held.checkedAt < maxAgeMs) return;
  held.checkedAt = Date.now();
  await read([name]).catch((cause: unknown) =>
    log("warn", { event: "secrets.not-read-again", cause: describeCause(cause) }),
  );
}

/** Forgets what was read, for tests that change a secret. */
export function forgetSecrets(): void {
  known.clear();
}

/**
 * The secrets that the function can read. A misspelled name is ignored here; `secret` reports it when the correct one is
 * requested.
 */
function declared(): SecretName[] {
  const names = (optionalEnv("SECRETS") ?? "").split(/\s+/);
  return SECRET_NAMES.filter((name) => names.includes(name));
}

function missing(): SecretName[] {
  return declared().filter((name) => optionalEnv(name) === undefined && !known.has(name));
}

function readMissing(): Promise<void> {
  reading ??= read(missing()).finally(() => {
    reading = undefined;
  });
  return reading;
}

async function read(names: readonly SecretName[]): Promise<void> {
  const values = await readParameters(names.map(parameterOf));
  for (const name of names) {
    const value = values.get(parameterOf(name));
    if (value !== undefined && value !== "") known.set(name, { value, checkedAt: Date.now() });
  }
}

/** Where an operator finds the secret. */
function placeOf(name: SecretName): string {
  return optionalEnv(name) === undefined ? parameterOf(name) : name;
}

function parameterOf(name: SecretName): string {
  return `${optionalEnv("SECRETS_PATH") ?? ""}/${name}`;
}
