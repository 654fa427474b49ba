/**
 * Secrets by name. On a laptop they come from the environment (.env); on AWS from SSM SecureString parameters
 * `<SECRETS_PATH>/<NAME>`. A function's SECRETS names those that its grants give it (resources/grants.ts), which is
 * exactly what its role may read. One call at the cold start reads them all. Only successful reads are remembered: after
 * a failure the next call tries again. The webhook's secret, which Stripe can change, is read again from time to time.
 */

import { readParameters } from "../aws/ssm.ts";
import { optionalEnv } from "../env.ts";
import { Problem } from "../errors.ts";
import { describeCause, log } from "../log.ts";
import { onStartUp } from "../start-up.ts";
import { readAppSecrets } from "./app-secret-list.ts";

const SECRET_NAMES = ["APP_SECRET", "STRIPE_SECRET_KEY", "STRIPE_WEBHOOK_SECRET"] as const;

export type SecretName = (typeof SECRET_NAMES)[number];

/** An instance that runs longer than this reads the webhook's secret again; docs/deploy.md tells how long to wait. */
export const WEBHOOK_SECRET_MAX_AGE_MS = 5 * 60 * 1000;

const known = new Map<SecretName, { readonly value: string; checkedAt: number }>();
let reading: Promise<void> | undefined;

/**
 * Begins to read what SECRETS names, so that it arrives while the rest starts up. Nothing to do where the environment
 * holds it already. Never throws: the first call that needs a secret reads again, and reports.
 */
export function warmSecrets(): void {
  if (optionalEnv("SECRETS_PATH") === undefined || missing().length === 0) return;
  readMissing().catch(() => undefined);
}
onStartUp(warmSecrets);

/**
 * The secret's value. Throws SERVICE_UNAVAILABLE when SSM cannot be read or has no such parameter, and INTERNAL_ERROR
 * for a secret that this function does not name in SECRETS.
 */
export async function secret(name: SecretName): Promise<string> {
  const local = optionalEnv(name);
  if (local !== undefined) return local;
  if (!declared().includes(name)) {
    throw new Problem(
      "INTERNAL_ERROR",
      `${name} is neither in the environment nor among SECRETS ("${declared().join(" ")}"): ` +
        "give the function a grant of resources/grants.ts that has it, or set it in .env",
    );
  }
  // That read was begun earlier: Lambda may have frozen the process in the middle of it, and that is no reason to fail.
  if (!known.has(name)) await reading?.catch(() => undefined);
  if (!known.has(name)) await readMissing();
  const value = known.get(name)?.value;
  if (value === undefined) {
    throw new Problem("SERVICE_UNAVAILABLE", `SSM parameter ${parameterOf(name)} does not exist or is empty`);
  }
  return value;
}

/**
 * What APP_SECRET holds: the current secret first, then, while it is rotated, the previous one. Throws
 * SERVICE_UNAVAILABLE when there is none, or one is too short.
 */
export async function appSecrets(): Promise<string[]> {
  const read = readAppSecrets(await secret("APP_SECRET"));
  if (read.ok) return read.secrets;
  throw new Problem("SERVICE_UNAVAILABLE", `${placeOf("APP_SECRET")} ${read.mistake}`);
}

/**
 * What STRIPE_WEBHOOK_SECRET holds: one secret, or several while it is rotated. Read again by the clock alone, whoever
 * calls: so a rotation reaches every instance, and no number of forged requests makes one more call. When SSM does not
 * answer, the secrets at hand stay good for as long again. Throws SERVICE_UNAVAILABLE when there is none.
 */
export async function webhookSecrets(): Promise<string[]> {
  await readWhenOlder("STRIPE_WEBHOOK_SECRET", WEBHOOK_SECRET_MAX_AGE_MS);
  const listed = (await secret("STRIPE_WEBHOOK_SECRET")).split(",").map((text) => text.trim());
  const secrets = listed.filter((text) => text !== "");
  if (secrets.length > 0) return secrets;
  throw new Problem("SERVICE_UNAVAILABLE", `${placeOf("STRIPE_WEBHOOK_SECRET")} holds no secret`);
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
 * What the function may read. A name that is misspelt is no secret, and `secret` says so when the right one is asked
 * for.
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

/** Where an operator finds it. */
function placeOf(name: SecretName): string {
  return optionalEnv(name) === undefined ? parameterOf(name) : name;
}

function parameterOf(name: SecretName): string {
  return `${optionalEnv("SECRETS_PATH") ?? ""}/${name}`;
}
