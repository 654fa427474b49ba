import { describe, expect, it } from "@jest/globals";
import { fieldOf, fieldsOf, listOf } from "../../lib/untrusted.ts";
import { alarms } from "../../resources/alarms.ts";
import { arnHere, arnOf } from "../../resources/cloudformation.ts";
import { functionDefinitions } from "../../resources/functions.ts";
import { CONFIGURATION_SET } from "../../resources/grants.ts";
import { mail } from "../../resources/mail.ts";
import { publicDomain } from "../../resources/public-domain.ts";
import { combinedMistakes, settingSpec } from "../../resources/settings.ts";
import { contracts } from "../steps/shipped-project.ts";

describe("given the sender's identity in SES", () => {
  it("by default, the address EMAIL_FROM is verified", () => {
    const { Resources, Outputs } = mail({ isExisting: false });
    expect(Resources.SenderIdentity?.Properties).toEqual({ EmailIdentity: `\${self:custom.emailFrom}` });
    expect(Outputs).toEqual({});
  });

  it("with MAIL_DOMAIN, the domain is verified, with DKIM and a MAIL FROM domain, and the outputs show its DNS records", () => {
    const { Resources, Outputs } = mail({ domain: "shop.dev", isExisting: false });
    expect(Resources.SenderIdentity).toMatchObject({
      Type: "AWS::SES::EmailIdentity",
      Properties: {
        EmailIdentity: "shop.dev",
        DkimAttributes: { SigningEnabled: true },
        MailFromAttributes: { MailFromDomain: "bounces.shop.dev" },
      },
    });
    expect(Object.keys(Outputs)).toEqual([
      "MailDkimRecord1",
      "MailDkimRecord2",
      "MailDkimRecord3",
      "MailFromMxRecord",
      "MailFromSpfRecord",
    ]);
  });

  it.each([undefined, "shop.dev"])("with MAIL_IDENTITY=existing, none is created (domain: %s)", (domain) => {
    const { Resources } = mail({ domain, isExisting: true });
    expect(Object.values(Resources).map(({ Type }) => Type)).not.toContain("AWS::SES::EmailIdentity");
    expect(Object.keys(Resources)).toContain("MailConfigurationSet");
  });

  it("an EMAIL_FROM of another domain than MAIL_DOMAIN is refused", () => {
    const of = (EMAIL_FROM: string) => combinedMistakes({ EMAIL_FROM, MAIL_DOMAIN: "shop.dev" });
    expect(["pay@shop.dev", "pay@mail.shop.dev", "pay@SHOP.dev"].flatMap(of)).toEqual([]);
    for (const address of ["pay@other.dev", "pay@notshop.dev"])
      expect(of(address)).toEqual([expect.stringContaining("EMAIL_FROM is not an address of MAIL_DOMAIN")]);
  });
});

describe("given the stage's configuration set", () => {
  const { Resources } = mail({ isExisting: false });
  const statementsOf = (policy: string) =>
    listOf(fieldOf(Resources[policy]?.Properties, "PolicyDocument", "Statement")).map(fieldsOf);

  it("bounces and complaints are counted by its name, which is the stage's own, and each raises an alarm", () => {
    expect(Resources.MailConfigurationSet?.Properties.Name).toBe(CONFIGURATION_SET);
    expect(CONFIGURATION_SET).toContain(`\${sls:stage}`);
    expect(Resources.MailOutcomes?.Properties.EventDestination).toMatchObject({
      MatchingEventTypes: expect.arrayContaining(["bounce", "complaint"]),
      CloudWatchDestination: { DimensionConfigurations: [{ DimensionName: "ses:configuration-set" }] },
    });
    const all = Object.values(alarms(functionDefinitions(contracts)).Resources);
    for (const MetricName of ["Bounce", "Complaint"])
      expect(all.map(({ Properties }) => Properties)).toContainEqual(
        expect.objectContaining({
          Namespace: "AWS/SES",
          MetricName,
          Dimensions: [{ Name: "ses:configuration-set", Value: CONFIGURATION_SET }],
          Threshold: 0,
        }),
      );
  });

  it("what becomes of its mails is reported to a topic, and from there to the queue of its consumer", () => {
    expect(Resources.MailEvents).toMatchObject({
      Type: "AWS::SES::ConfigurationSetEventDestination",
      DependsOn: ["MailEventsTopicPolicy", "MailEventsSubscription"],
      Properties: {
        ConfigurationSetName: { Ref: "MailConfigurationSet" },
        EventDestination: {
          Enabled: true,
          MatchingEventTypes: expect.arrayContaining(["bounce", "complaint", "reject"]),
          SnsDestination: { TopicARN: { Ref: "MailEventsTopic" } },
        },
      },
    });
    expect(Resources.MailEventsSubscription).toMatchObject({
      DependsOn: ["MailEventsQueuePolicy"],
      Properties: {
        TopicArn: { Ref: "MailEventsTopic" },
        Protocol: "sqs",
        Endpoint: arnOf("MailEventsQueue"),
        RawMessageDelivery: true,
        RedrivePolicy: { deadLetterTargetArn: arnOf("MailEventsDeadLetterQueue") },
      },
    });
    const [consumer] = functionDefinitions(contracts).filter(({ consumes }) => consumes === "mail");
    expect(consumer).toMatchObject({
      name: "on-mail-event",
      configuration: { events: [{ sqs: { arn: arnOf("MailEventsQueue") } }] },
    });
  });

  it("only SES may publish to the topic, for this set of this account, and only the topic may send to the queues", () => {
    const [publish, ...others] = statementsOf("MailEventsTopicPolicy");
    expect(others).toEqual([]);
    expect(publish).toEqual({
      Effect: "Allow",
      Principal: { Service: "ses.amazonaws.com" },
      Action: "sns:Publish",
      Resource: { Ref: "MailEventsTopic" },
      Condition: {
        StringEquals: {
          "AWS:SourceAccount": { Ref: "AWS::AccountId" },
          "AWS:SourceArn": arnHere("ses", `configuration-set/${CONFIGURATION_SET}`),
        },
      },
    });
    const sends = statementsOf("MailEventsQueuePolicy");
    expect(sends.map(({ Resource }) => Resource)).toEqual(
      ["MailEventsQueue", "MailEventsDeadLetterQueue"].map(arnOf),
    );
    for (const statement of sends)
      expect(statement).toMatchObject({
        Principal: { Service: "sns.amazonaws.com" },
        Action: "sqs:SendMessage",
        Condition: { ArnEquals: { "aws:SourceArn": { Ref: "MailEventsTopic" } } },
      });
  });

  it("every function that sends mails uses it, and may", () => {
    const senders = functionDefinitions(contracts).filter(({ uses }) => uses.includes("mail"));
    expect(senders.length).toBeGreaterThan(2);
    for (const { configuration, statements } of senders) {
      expect(configuration.environment.MAIL_CONFIGURATION_SET).toBe(CONFIGURATION_SET);
      expect(JSON.stringify(statements)).toContain(`:configuration-set/${CONFIGURATION_SET}`);
    }
  });
});

describe("given PUBLIC_DOMAIN", () => {
  const domain = "pay.shop.dev";

  it("without it, nothing is created", () => {
    expect(publicDomain(undefined)).toEqual({ Resources: {}, Outputs: {} });
  });

  it("the domain is regional, has a certificate of its own, and leads to the HTTP API", () => {
    const { Resources, Outputs } = publicDomain({ domain });
    expect(Resources).toMatchObject({
      PublicCertificate: { Properties: { DomainName: domain, ValidationMethod: "DNS" } },
      PublicDomain: {
        Type: "AWS::ApiGatewayV2::DomainName",
        Properties: {
          DomainName: domain,
          DomainNameConfigurations: [
            {
              CertificateArn: { Ref: "PublicCertificate" },
              EndpointType: "REGIONAL",
              SecurityPolicy: "TLS_1_2",
            },
          ],
        },
      },
      PublicMapping: {
        Type: "AWS::ApiGatewayV2::ApiMapping",
        Properties: { ApiId: { Ref: "HttpApi" }, Stage: { Ref: "HttpApiStage" } },
      },
    });
    expect(Resources).not.toHaveProperty("PublicRecord");
    expect(Object.keys(Outputs)).toEqual(["PublicDomainTarget"]);
  });

  it("with a zone, the certificate is validated and the domain found without anyone's help", () => {
    const { Resources } = publicDomain({ domain, hostedZoneId: "Z1" });
    expect(Resources.PublicCertificate?.Properties.DomainValidationOptions).toEqual([
      { DomainName: domain, HostedZoneId: "Z1" },
    ]);
    expect(Resources.PublicRecord?.Properties).toMatchObject({ HostedZoneId: "Z1", Name: domain, Type: "A" });
  });

  it("a certificate that exists is used", () => {
    const { Resources } = publicDomain({ domain, certificateArn: "arn:aws:acm:x" });
    expect(Resources).not.toHaveProperty("PublicCertificate");
    expect(fieldsOf(Resources.PublicDomain?.Properties).DomainNameConfigurations).toMatchObject([
      { CertificateArn: "arn:aws:acm:x" },
    ]);
  });

  it("settings that contradict each other, or have no effect, are refused", () => {
    expect(combinedMistakes({ PUBLIC_DOMAIN: domain, PUBLIC_URL: `https://${domain}` })).toEqual([]);
    expect(combinedMistakes({ PUBLIC_DOMAIN: domain, PUBLIC_URL: "https://other.dev" })).toHaveLength(1);
    expect(combinedMistakes({ PUBLIC_HOSTED_ZONE: "Z1" })).toEqual([
      "PUBLIC_HOSTED_ZONE has no effect without PUBLIC_DOMAIN.",
    ]);
  });

  it.each([
    ["PUBLIC_DOMAIN", "https://pay.shop.dev"],
    ["PUBLIC_DOMAIN", "pay"],
    ["PUBLIC_DOMAIN", "Pay.shop.dev"],
    ["MAIL_DOMAIN", "pay@shop.dev"],
    ["MAIL_IDENTITY", "exists"],
    ["PUBLIC_CERTIFICATE_ARN", "arn:aws:iam::1:server-certificate/a"],
    ["PUBLIC_HOSTED_ZONE", "shop.dev"],
  ] as const)("%s=%s is refused", (name, value) => {
    expect(settingSpec(name).mistake?.(value, "prod")).toContain(name);
  });
});
