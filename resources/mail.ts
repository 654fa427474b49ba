/**
 * What the stage needs in SES: the identity of the sender, unless it exists already, and a configuration set for its mails,
 * whose reports mail-events.ts leads to their consumer. An
 * identity belongs to the account and region, so only one stage of an account can create it.
 */
import type { CloudFormationResource } from "./cloudformation.ts";
import { CONFIGURATION_SET, SENDER } from "./grants.ts";
import { mailEvents } from "./mail-events.ts";

export interface MailSettings {
  /** The domain that mails come from, such as `shop.dev`; undefined if only the address EMAIL_FROM is verified. */
  readonly domain?: string | undefined;
  /** Whether the identity is in SES already. */
  readonly isExisting: boolean;
}

/** The part of the domain that receives bounces; receivers compare it with the sender's domain (SPF, DMARC). */
const MAIL_FROM = "bounces";

interface Template {
  readonly Resources: Readonly<Record<string, CloudFormationResource>>;
  readonly Outputs: Readonly<Record<string, object>>;
}

/** CloudFormation's resources, and the DNS records that the owner of the domain has to create. */
export function mail({ domain, isExisting }: MailSettings): Template {
  const identity = isExisting ? EMPTY : domain === undefined ? ADDRESS : ofDomain(domain);
  return { Resources: { ...identity.Resources, ...CONFIGURATION, ...mailEvents }, Outputs: identity.Outputs };
}

const EMPTY: Template = { Resources: {}, Outputs: {} };

/** SES sends one mail to this address on the first deployment; mails can be sent once its link has been opened. */
const ADDRESS: Template = {
  Resources: { SenderIdentity: { Type: "AWS::SES::EmailIdentity", Properties: { EmailIdentity: SENDER } } },
  Outputs: {},
};

function ofDomain(domain: string): Template {
  const mailFrom = `${MAIL_FROM}.${domain}`;
  const record = (Description: string, Value: unknown) => ({ Description, Value });
  const ofIdentity = (attribute: string) => ({ "Fn::GetAtt": ["SenderIdentity", attribute] });
  return {
    Resources: {
      SenderIdentity: {
        Type: "AWS::SES::EmailIdentity",
        Properties: {
          EmailIdentity: domain,
          DkimAttributes: { SigningEnabled: true },
          DkimSigningAttributes: { NextSigningKeyLength: "RSA_2048_BIT" },
          // Until the MX record exists, mails leave with SES's own domain.
          MailFromAttributes: { MailFromDomain: mailFrom, BehaviorOnMxFailure: "USE_DEFAULT_VALUE" },
        },
      },
    },
    Outputs: {
      ...Object.fromEntries(
        [1, 2, 3].map((n) => [
          `MailDkimRecord${n}`,
          record("A DNS record of the type CNAME: it proves that the domain is yours, and signs its mails.", {
            "Fn::Join": [" ", [ofIdentity(`DkimDNSTokenName${n}`), ofIdentity(`DkimDNSTokenValue${n}`)]],
          }),
        ]),
      ),
      MailFromMxRecord: record("A DNS record of the type MX, for bounces.", {
        "Fn::Sub": `${mailFrom} 10 feedback-smtp.\${AWS::Region}.amazonses.com`,
      }),
      MailFromSpfRecord: record(
        "A DNS record of the type TXT: SES may send for this domain.",
        `${mailFrom} "v=spf1 include:amazonses.com ~all"`,
      ),
    },
  };
}

/** CloudWatch counts what becomes of this stage's mails, by the name of the set: the alarms are in alarms.ts. */
const CONFIGURATION: Readonly<Record<string, CloudFormationResource>> = {
  MailConfigurationSet: {
    Type: "AWS::SES::ConfigurationSet",
    Properties: {
      Name: CONFIGURATION_SET,
      ReputationOptions: { ReputationMetricsEnabled: true },
      // An address that bounced or complained gets no more mails of the account.
      SuppressionOptions: { SuppressedReasons: ["BOUNCE", "COMPLAINT"] },
    },
  },
  MailOutcomes: {
    Type: "AWS::SES::ConfigurationSetEventDestination",
    Properties: {
      ConfigurationSetName: { Ref: "MailConfigurationSet" },
      EventDestination: {
        Name: "cloudwatch",
        Enabled: true,
        MatchingEventTypes: ["bounce", "complaint", "reject", "delivery"],
        CloudWatchDestination: {
          DimensionConfigurations: [
            {
              DimensionName: "ses:configuration-set",
              DimensionValueSource: "messageTag",
              DefaultDimensionValue: "none",
            },
          ],
        },
      },
    },
  },
};
