/** What must not be deployed: settings that would fail, or be unsafe, only once payers and callers met them. */
import { readJwtSettings } from "../lib/identity/jwt-settings.ts";
import { stripeKeyMistake } from "../lib/stripe-keys.ts";
import type { Serverless } from "./service.ts";

/**
 * The mistakes in what the functions of the loaded service would be given, a sentence each. A key that is not set is
 * none: a package can be made without any.
 */
export function deployMistakes({ service }: Serverless): string[] {
  const environments = Object.values(service.functions).map(({ environment }) => environment ?? {});
  return environments.flatMap((environment) => {
    const key = String(environment.STRIPE_PUBLISHABLE_KEY ?? "");
    const wrongKey =
      key === ""
        ? undefined
        : stripeKeyMistake("STRIPE_PUBLISHABLE_KEY", key, service.provider.stage ?? "dev");
    return [wrongKey, jwtMistake(environment)].filter((mistake) => mistake !== undefined);
  });
}

function jwtMistake(environment: Record<string, unknown>): string | undefined {
  try {
    readJwtSettings(environment);
    return undefined;
  } catch (thrown) {
    return thrown instanceof Error ? thrown.message : String(thrown);
  }
}
