/** A domain of your own for the API and the pay page: payers do not trust a link to execute-api. */
import type { CloudFormationResource } from "./cloudformation.ts";

export interface PublicDomain {
  /** Such as `pay.shop.dev`. */
  readonly domain: string;
  /** A certificate in ACM, in the region of the stage; undefined if the stack creates one. */
  readonly certificateArn?: string | undefined;
  /** The Route 53 zone of the domain; undefined if its DNS is elsewhere. */
  readonly hostedZoneId?: string | undefined;
}

/** CloudFormation's resources; none without a domain. */
export function publicDomain(settings: PublicDomain | undefined): {
  readonly Resources: Readonly<Record<string, CloudFormationResource>>;
  readonly Outputs: Readonly<Record<string, object>>;
} {
  if (settings === undefined) return { Resources: {}, Outputs: {} };
  const { domain, certificateArn, hostedZoneId } = settings;
  const target = (attribute: string) => ({ "Fn::GetAtt": ["PublicDomain", attribute] });
  return {
    Resources: {
      ...(certificateArn === undefined ? certificate(domain, hostedZoneId) : {}),
      PublicDomain: {
        Type: "AWS::ApiGatewayV2::DomainName",
        Properties: {
          DomainName: domain,
          DomainNameConfigurations: [
            {
              CertificateArn: certificateArn ?? { Ref: "PublicCertificate" },
              EndpointType: "REGIONAL",
              SecurityPolicy: "TLS_1_2",
            },
          ],
        },
      },
      PublicMapping: {
        Type: "AWS::ApiGatewayV2::ApiMapping",
        Properties: {
          ApiId: { Ref: "HttpApi" },
          Stage: { Ref: "HttpApiStage" },
          DomainName: { Ref: "PublicDomain" },
        },
      },
      ...(hostedZoneId === undefined
        ? {}
        : {
            PublicRecord: {
              Type: "AWS::Route53::RecordSet",
              Properties: {
                HostedZoneId: hostedZoneId,
                Name: domain,
                Type: "A",
                AliasTarget: {
                  DNSName: target("RegionalDomainName"),
                  HostedZoneId: target("RegionalHostedZoneId"),
                },
              },
            },
          }),
    },
    Outputs: {
      PublicDomainTarget: {
        Description: "Where the DNS record of the domain must lead, of the type CNAME.",
        Value: target("RegionalDomainName"),
      },
    },
  };
}

/** ACM issues it once the record in its console exists; with a zone in Route 53, CloudFormation creates the record. */
function certificate(
  domain: string,
  hostedZoneId: string | undefined,
): Record<string, CloudFormationResource> {
  return {
    PublicCertificate: {
      Type: "AWS::CertificateManager::Certificate",
      Properties: {
        DomainName: domain,
        ValidationMethod: "DNS",
        ...(hostedZoneId === undefined
          ? {}
          : { DomainValidationOptions: [{ DomainName: domain, HostedZoneId: hostedZoneId }] }),
      },
    },
  };
}
