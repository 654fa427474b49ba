/** Settings that must not be deployed: they would fail, or be unsafe, only once payers and callers met them. */
import { addressMistake, asciiAddress } from "../lib/email-address.ts";
import { readFailedPaymentSettings } from "../lib/failed-payments/settings.ts";
import { readTtlHours } from "../lib/idempotency/claims.ts";
import { readJwtSettings } from "../lib/identity/jwt-settings.ts";
import { stripeKeyMistake } from "../lib/stripe/stripe-keys.ts";
import { regionMistake } from "../resources/regions.ts";
import { stageMistake } from "../resources/stages.ts";
import type { Serverless } from "./service.ts";

/**
 * The mistakes in the environment of the loaded service's functions, one sentence each. A key that is not set is not a
 * mistake: a package can be made without any keys.
 */
export function deployMistakes({ service }: Serverless): string[] {
  const { stage = "dev", region = "us-east-1" } = service.provider;
  const environments = Object.values(service.functions).map(({ environment }) => environment ?? {});
  const mistakes = environments.flatMap((environment) => [
    keyMistake(environment, stage),
    mistakeOf(() => readJwtSettings(environment)),
    senderMistake(environment),
    addressSettingMistake("ADMIN_EMAIL", environment),
    mistakeOf(() => readTtlHours(environment.IDEMPOTENCY_TTL_HOURS)),
    // Only the functions that follow payments have it.
    environment.FOLLOW_UP_DAYS === undefined
      ? undefined
      : mistakeOf(() => readFailedPaymentSettings(environment)),
  ]);
  const found = [stageMistake(stage), regionMistake(region), ...mistakes];
  return [...new Set(found.filter((mistake) => mistake !== undefined))];
}

function keyMistake(environment: Readonly<Record<string, unknown>>, stage: string): string | undefined {
  const key = String(environment.STRIPE_PUBLISHABLE_KEY ?? "");
  return key === "" ? undefined : stripeKeyMistake("STRIPE_PUBLISHABLE_KEY", key, stage);
}

/** SES knows an identity by its punycode form only, and the rights to send name the identity. */
function senderMistake(environment: Readonly<Record<string, unknown>>): string | undefined {
  const mistake = addressSettingMistake("EMAIL_FROM", environment);
  const from = String(environment.EMAIL_FROM ?? "");
  if (mistake !== undefined || /^[ -~]*$/.test(from)) return mistake;
  return `EMAIL_FROM must have its domain in punycode: ${asciiAddress(from)}`;
}

function addressSettingMistake(
  name: "EMAIL_FROM" | "ADMIN_EMAIL",
  environment: Readonly<Record<string, unknown>>,
): string | undefined {
  const address = environment[name];
  const mistake = typeof address === "string" && address !== "" ? addressMistake(address) : undefined;
  return mistake === undefined ? undefined : `${name} ${mistake}`;
}

function mistakeOf(read: () => unknown): string | undefined {
  try {
    read();
    return undefined;
  } catch (thrown) {
    return thrown instanceof Error ? thrown.message : String(thrown);
  }
}
