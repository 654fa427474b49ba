/** Settings that must not be deployed: they would fail, or be unsafe, only once payers and callers met them. */
import { readApprovalHours } from "../lib/approvals/request-approval.ts";
import { readFailedPaymentSettings } from "../lib/failed-payments/settings.ts";
import { readTtlHours } from "../lib/idempotency/claims.ts";
import { readJwtSettings } from "../lib/identity/jwt-settings.ts";
import { stripeKeyMistake } from "../lib/stripe/stripe-keys.ts";
import { regionMistake } from "../resources/regions.ts";
import { ownAddressMistake, senderMistake } from "../resources/settings.ts";
import { regionClaims, regionDisagreement } from "../resources/stage-region.ts";
import { readStageFile, settingMistakes } from "../resources/stage-settings.ts";
import { stageMistake } from "../resources/stages.ts";
import type { Serverless, ServerlessFunction } from "./service.ts";

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
    addressMistakeIn(environment.EMAIL_FROM, senderMistake),
    addressMistakeIn(environment.SUPPORT_EMAIL, (address) => ownAddressMistake("SUPPORT_EMAIL", address)),
    addressMistakeIn(environment.ADMIN_EMAIL, (address) => ownAddressMistake("ADMIN_EMAIL", address)),
    mistakeOf(() => readTtlHours(environment.IDEMPOTENCY_TTL_HOURS)),
    mistakeOf(() => readApprovalHours(environment.APPROVAL_HOURS)),
    // Only the functions that follow payments have it.
    environment.FOLLOW_UP_DAYS === undefined
      ? undefined
      : mistakeOf(() => readFailedPaymentSettings(environment)),
  ]);
  const found = [stageMistake(stage), regionMistake(region), ...mistakes];
  return [...new Set(found.filter((mistake) => mistake !== undefined))];
}

/** The stage without which a package can be made that has no settings: to look at, and for CI. */
const STAGE_WITHOUT_SETTINGS = "dev";

/**
 * The mistakes in the settings of the loaded service's stage, one text each. `environment`: the variables of the process.
 */
export function stageMistakes(
  { service, serviceDir, processedInput }: Serverless,
  environment: Readonly<Record<string, string | undefined>>,
): string[] {
  const stage = service.provider.stage ?? "dev";
  const needsFile = processedInput.commands[0] !== "package" || stage !== STAGE_WITHOUT_SETTINGS;
  const file = readStageFile(stage, serviceDir);
  const isStale = file.exists && Object.values(service.functions).some(hasNoSender);
  return [
    ...settingMistakes(stage, file, environment, needsFile),
    ...(isStale
      ? ["The package was made without settings. Package it again, or deploy without --package."]
      : []),
  ];
}

/** Recognizes `emailFrom` of serverless.yml for a stage without settings, which a package that was made earlier can have. */
const hasNoSender = ({ environment }: ServerlessFunction) =>
  String(environment?.EMAIL_FROM ?? "").endsWith(".invalid");

/** Whether the stage of the loaded service has a file with its settings. */
export function hasSettings({ service, serviceDir }: Serverless): boolean {
  return readStageFile(service.provider.stage ?? "dev", serviceDir).exists;
}

/** Why it is not clear in which region the command works; undefined if it is. */
export function regionMistakeOf(
  { service, serviceDir, processedInput: { options } }: Serverless,
  environment: Readonly<Record<string, string | undefined>>,
): string | undefined {
  const stage = service.provider.stage ?? "dev";
  const claims = regionClaims(readStageFile(stage, serviceDir), environment, {
    option: options?.region,
    profile: options?.["aws-profile"],
  });
  return regionDisagreement(stage, claims);
}

function keyMistake(environment: Readonly<Record<string, unknown>>, stage: string): string | undefined {
  const key = String(environment.STRIPE_PUBLISHABLE_KEY ?? "");
  return key === "" ? undefined : stripeKeyMistake("STRIPE_PUBLISHABLE_KEY", key, stage);
}

function addressMistakeIn(
  value: unknown,
  mistake: (address: string) => string | undefined,
): string | undefined {
  return typeof value === "string" && value !== "" ? mistake(value) : undefined;
}

function mistakeOf(read: () => unknown): string | undefined {
  try {
    read();
    return undefined;
  } catch (thrown) {
    return thrown instanceof Error ? thrown.message : String(thrown);
  }
}
