/** Everything that a deployment of a stage needs, checked at once. Changes nothing. */
import { GetCallerIdentityCommand } from "@aws-sdk/client-sts";
import { regionMistake } from "../../resources/regions.ts";
import { readStageFile, settingMistakes } from "../../resources/stage-settings.ts";
import { limitFindings, mailFindings, secretFindings } from "./account-findings.ts";
import type { AwsClients } from "./aws-clients.ts";
import { errorName, errorText } from "./error-name.ts";
import { blocking, type Finding } from "./finding.ts";
import type { Place } from "./place.ts";
import { type StackNow, stackMistake, stackNow } from "./stack.ts";
import { stripeFindings } from "./stripe-findings.ts";

export interface Preflight {
  readonly findings: readonly Finding[];
  /** Undefined if it does not exist, or could not be read. */
  readonly stack: StackNow | undefined;
  /** The account's id; undefined without credentials. */
  readonly account: string | undefined;
  readonly secrets: ReadonlyMap<string, string>;
}

/** `environment`: the variables of this shell. */
export async function preflight(
  clients: AwsClients,
  place: Place,
  environment: Readonly<Record<string, string | undefined>>,
): Promise<Preflight> {
  const { stage, region, stackName } = place;
  const file = readStageFile(stage);
  const ofSettings = [
    ...settingMistakes(stage, file, environment, true),
    ...[regionMistake(region)].filter((mistake) => mistake !== undefined),
  ].map((mistake) => blocking(mistake, `Edit ${file.path}.`));
  const account = await accountOf(clients, region);
  if (typeof account !== "string")
    return { findings: [...ofSettings, account], stack: undefined, account: undefined, secrets: new Map() };
  const [stack, secrets, limits, mail] = await Promise.all([
    asked("CloudFormation", () => stackNow(clients, stackName)),
    asked("SSM", () => secretFindings(clients, place)),
    asked("Lambda", () => limitFindings(clients, file.values)),
    asked("SES", () => mailFindings(clients, place, file.values)),
  ]);
  const values = secrets.value?.values ?? new Map<string, string>();
  const ofStack = stack.value === undefined ? undefined : stackMistake(stackName, region, stack.value.status);
  const key = values.get("STRIPE_SECRET_KEY");
  const isUsable = !secrets.value?.findings.some(({ what }) => what.includes("STRIPE_SECRET_KEY"));
  const ofStripe =
    key === undefined || !isUsable
      ? []
      : await stripeFindings(key, { stage, apiUrl: apiUrlOf(stack.value, file.values.PUBLIC_DOMAIN) });
  return {
    findings: [
      ...ofSettings,
      ...[stack, secrets, limits, mail].flatMap(({ finding }) => finding ?? []),
      ...(ofStack === undefined ? [] : [ofStack]),
      ...(secrets.value?.findings ?? []),
      ...(limits.value ?? []),
      ...(mail.value ?? []),
      ...ofStripe,
    ],
    stack: stack.value,
    account,
    secrets: values,
  };
}

/** The address of the stage's API, without a slash at its end; undefined before it exists. */
export function apiUrlOf(
  stack: Pick<StackNow, "outputs"> | undefined,
  publicDomain: string | undefined,
): string | undefined {
  const own = stack?.outputs.HttpApiUrl?.replace(/\/$/, "");
  return own === undefined || publicDomain === undefined ? own : `https://${publicDomain}`;
}

async function accountOf(
  { sts }: Pick<AwsClients, "sts">,
  region: string,
): Promise<string | ReturnType<typeof blocking>> {
  try {
    const { Account = "" } = await sts.send(new GetCallerIdentityCommand({}));
    return Account;
  } catch (thrown) {
    return blocking(
      `This shell has no AWS credentials that work in ${region}: ${errorText(thrown)}`,
      "Sign in, or set AWS_PROFILE. Nothing else in AWS was checked.",
    );
  }
}

interface Asked<T> {
  readonly value?: T;
  readonly finding?: Finding;
}

/** A service that refuses a question is a finding as any other, so that everything is reported at once. */
async function asked<T>(service: string, question: () => Promise<T>): Promise<Asked<T>> {
  try {
    return { value: await question() };
  } catch (thrown) {
    return {
      finding: blocking(
        `${service} did not answer a question: ${errorName(thrown)}: ${errorText(thrown)}`,
        "Does this shell's user have the right to read it?",
      ),
    };
  }
}
