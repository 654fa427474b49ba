/** What the AWS account lacks for a stage: secrets, limits, and the sender's identity in SES. */
import { GetAccountSettingsCommand } from "@aws-sdk/client-lambda";
import {
  GetAccountSendingEnabledCommand,
  GetIdentityVerificationAttributesCommand,
  GetSendQuotaCommand,
} from "@aws-sdk/client-ses";
import { GetParametersCommand } from "@aws-sdk/client-ssm";
import { readAppSecrets } from "../../lib/secrets/app-secret-list.ts";
import { stripeKeyMistake } from "../../lib/stripe/stripe-keys.ts";
import type { SettingName } from "../../resources/settings.ts";
import type { AwsClients } from "./aws-clients.ts";
import { blocking, type Finding, remark } from "./finding.ts";
import type { Place } from "./place.ts";
import { hasResource } from "./stack.ts";

type Settings = Readonly<Partial<Record<SettingName, string>>>;

/** Six event queues of Stripe's events, each with at least two consumers at once: docs/decisions/0028. */
const DEFAULT_EVENT_CONCURRENCY = 2;
/** EVENT_CONCURRENCY can be a tenth of the account's limit. */
const SHARE = 10;
/** What SES lets an account in its sandbox send in 24 hours. https://docs.aws.amazon.com/ses/latest/dg/quotas.html */
const SANDBOX_QUOTA = 200;
const NEARLY_FULL = 0.9;

const SECRETS = {
  STRIPE_SECRET_KEY: "sk_...",
  STRIPE_WEBHOOK_SECRET: "whsec_...",
  APP_SECRET: '"$(openssl rand -base64 32)"',
} as const;

/** Also the values, for the checks and calls that need them. */
export interface SecretsFound {
  readonly findings: readonly Finding[];
  readonly values: ReadonlyMap<string, string>;
}

/** The three secrets: whether they exist, are encrypted, and can be used in this stage. Never contains a value in a finding. */
export async function secretFindings({ ssm }: Pick<AwsClients, "ssm">, place: Place): Promise<SecretsFound> {
  const { secretsPath, region, stage } = place;
  const names = Object.keys(SECRETS);
  const { Parameters = [] } = await ssm.send(
    new GetParametersCommand({ Names: names.map((name) => `${secretsPath}/${name}`), WithDecryption: true }),
  );
  const found = new Map(
    Parameters.map(({ Name = "", Value = "", Type }) => [
      Name.slice(secretsPath.length + 1),
      { Value, Type },
    ]),
  );
  const put = (name: string, value: string, flags = "") =>
    `aws ssm put-parameter --region ${region} ${flags}--type SecureString --name ${secretsPath}/${name} --value ${value}`;
  const findings = Object.entries(SECRETS).flatMap(([name, example]): Finding[] => {
    const parameter = found.get(name);
    if (parameter === undefined)
      return [blocking(`The secret ${name} of the stage ${stage} is not in SSM.`, put(name, example))];
    const mistake = secretMistake(name, parameter.Value, stage);
    return [
      ...(parameter.Type === "SecureString"
        ? []
        : [
            blocking(
              `The parameter ${secretsPath}/${name} is not encrypted.`,
              `Replace its value, which others may have read, and store the new one:\naws ssm delete-parameter --region ${region} --name ${secretsPath}/${name}\n${put(name, example)}`,
            ),
          ]),
      ...(mistake === undefined ? [] : [blocking(mistake, put(name, example, "--overwrite "))]),
    ];
  });
  return { findings, values: new Map([...found].map(([name, { Value }]) => [name, Value])) };
}

function secretMistake(name: string, value: string, stage: string): string | undefined {
  if (name === "STRIPE_SECRET_KEY") return stripeKeyMistake(name, value, stage);
  if (name !== "APP_SECRET") return undefined;
  const read = readAppSecrets(value);
  return read.ok ? undefined : `APP_SECRET ${read.mistake}.`;
}

/** Lambda's limits of the account. */
export async function limitFindings(
  { lambda }: Pick<AwsClients, "lambda">,
  { EVENT_CONCURRENCY }: Settings,
): Promise<Finding[]> {
  const { AccountLimit, AccountUsage } = await lambda.send(new GetAccountSettingsCommand({}));
  const limit = AccountLimit?.ConcurrentExecutions ?? 0;
  const wanted = Number(EVENT_CONCURRENCY ?? DEFAULT_EVENT_CONCURRENCY);
  const ask = "Ask AWS for more: Service Quotas, AWS Lambda, Concurrent executions.";
  const used = (AccountUsage?.TotalCodeSize ?? 0) / (AccountLimit?.TotalCodeSize ?? Number.POSITIVE_INFINITY);
  return [
    ...(EVENT_CONCURRENCY !== undefined && wanted * SHARE > limit
      ? [
          blocking(
            `EVENT_CONCURRENCY is ${wanted}, and the account runs ${limit} functions at once: the API would get too few.`,
            `Set it to at most ${Math.max(DEFAULT_EVENT_CONCURRENCY, Math.floor(limit / SHARE))}. ${ask}`,
          ),
        ]
      : []),
    ...(EVENT_CONCURRENCY === undefined && limit < wanted * SHARE
      ? [
          remark(
            `The account runs ${limit} functions at once, which one busy minute can use up: calls then get 503, and events wait.`,
            ask,
          ),
        ]
      : []),
    ...(used > NEARLY_FULL
      ? [
          blocking(
            `${Math.round(used * 100)} % of the account's storage for the code of functions is used.`,
            "Delete versions of functions that nothing refers to.",
          ),
        ]
      : []),
  ];
}

/** The sender's identity, the sandbox, and whether SES sends at all. */
export async function mailFindings(
  clients: Pick<AwsClients, "ses" | "cloudFormation">,
  { stackName, stage }: Place,
  { EMAIL_FROM = "", MAIL_DOMAIN, MAIL_IDENTITY }: Settings,
): Promise<Finding[]> {
  const { ses } = clients;
  const identity = MAIL_DOMAIN ?? EMAIL_FROM;
  const [sending, quota, { VerificationAttributes = {} }, isOurs] = await Promise.all([
    ses.send(new GetAccountSendingEnabledCommand({})),
    ses.send(new GetSendQuotaCommand({})),
    ses.send(new GetIdentityVerificationAttributesCommand({ Identities: [identity] })),
    hasResource(clients, stackName, "SenderIdentity"),
  ]);
  const status = VerificationAttributes[identity]?.VerificationStatus;
  const how =
    MAIL_DOMAIN === undefined
      ? "Open the link in the mail that SES has sent to it."
      : "Create the DNS records that the stack's outputs MailDkimRecord1 to 3 show.";
  return [
    ...(MAIL_IDENTITY === "existing" && status === undefined
      ? [
          blocking(
            `MAIL_IDENTITY is "existing", and SES does not have ${identity} in this region.`,
            "Leave MAIL_IDENTITY out: the stack then creates the identity.",
          ),
        ]
      : []),
    ...(MAIL_IDENTITY !== "existing" && status !== undefined && !isOurs
      ? [
          blocking(
            `SES already has ${identity} in this region, and not from this stack: its creation would fail.`,
            `Set MAIL_IDENTITY=existing in stages/${stage}.env.`,
          ),
        ]
      : []),
    ...(status !== undefined && status !== "Success"
      ? [remark(`SES has not verified ${identity} (${status}): no mail can be sent.`, how)]
      : []),
    ...((quota.Max24HourSend ?? 0) <= SANDBOX_QUOTA
      ? [
          remark(
            `SES lets the account send ${quota.Max24HourSend ?? 0} mails a day, as in its sandbox, where only verified addresses get mails.`,
            "Ask AWS for production access, in the console of SES.",
          ),
        ]
      : []),
    ...(sending.Enabled === false
      ? [
          remark(
            "SES has stopped the account from sending.",
            "Look at the reputation metrics in the console of SES.",
          ),
        ]
      : []),
  ];
}
