/** The regions of AWS, and the services that some of them lack. Pure. */
import { nearest } from "../lib/contract/suggestion.ts";
import { singleWord } from "../lib/scrub.ts";

const MAIL = "Amazon SES, which sends the mails";
const HTTP_API = "Amazon API Gateway, which serves the HTTP API";

/**
 * Every region, with the services of this product that it lacks.
 * Sources, 2026-11-26: https://docs.aws.amazon.com/general/latest/gr/ses.html, the endpoints in botocore 1.43.
 */
const REGIONS: Readonly<Record<string, readonly string[]>> = {
  "af-south-1": [],
  "ap-east-1": [MAIL],
  "ap-east-2": [MAIL],
  "ap-northeast-1": [],
  "ap-northeast-2": [],
  "ap-northeast-3": [],
  "ap-south-1": [],
  "ap-south-2": [],
  "ap-southeast-1": [],
  "ap-southeast-2": [],
  "ap-southeast-3": [],
  "ap-southeast-4": [MAIL],
  "ap-southeast-5": [],
  "ap-southeast-6": [MAIL],
  "ap-southeast-7": [MAIL],
  "ca-central-1": [],
  "ca-west-1": [],
  "eu-central-1": [],
  "eu-central-2": [],
  "eu-north-1": [],
  "eu-south-1": [],
  "eu-south-2": [MAIL],
  "eu-west-1": [],
  "eu-west-2": [],
  "eu-west-3": [],
  "il-central-1": [],
  "me-central-1": [],
  "me-south-1": [],
  "mx-central-1": [MAIL],
  "sa-east-1": [],
  "us-east-1": [],
  "us-east-2": [],
  "us-west-1": [],
  "us-west-2": [],
  // Partitions of their own: China, GovCloud, the European Sovereign Cloud, and the isolated regions.
  "cn-north-1": [MAIL],
  "cn-northwest-1": [MAIL],
  "us-gov-east-1": [],
  "us-gov-west-1": [],
  "eusc-de-east-1": [],
  "us-iso-east-1": [MAIL],
  "us-iso-west-1": [MAIL],
  "us-isob-east-1": [MAIL],
  "us-isob-west-1": [MAIL, HTTP_API],
  "eu-isoe-west-1": [MAIL],
  "us-isof-east-1": [MAIL, HTTP_API],
  "us-isof-south-1": [MAIL, HTTP_API],
};

export const REGION_NAMES: readonly string[] = Object.keys(REGIONS);

/** Why the service cannot be deployed to this region, as a sentence; undefined if it can. */
export function regionMistake(region: string): string | undefined {
  const lacking = Object.hasOwn(REGIONS, region) ? REGIONS[region] : undefined;
  if (lacking === undefined) {
    const near = nearest(region, REGION_NAMES);
    const meant = near === undefined ? "." : `; did you mean "${near}"?`;
    return `${singleWord(region)} is not a known region of AWS${meant} If AWS has opened it, add it to resources/regions.ts.`;
  }
  if (lacking.length === 0) return undefined;
  return `The region ${region} does not have ${lacking.join(", and not ")}. Choose another region.`;
}
