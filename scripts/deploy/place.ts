/** Where a stage is: its region, the name of its stack and the folder of its packages. */
import { Problem } from "../../lib/errors.ts";
import { claimedRegion, regionClaims, regionDisagreement } from "../../resources/stage-region.ts";
import { readStageFile } from "../../resources/stage-settings.ts";
import { serviceName } from "../target.ts";

export interface Place {
  readonly stage: string;
  readonly region: string;
  readonly stackName: string;
  /** The prefix of all keys in the stage's bucket. */
  readonly folder: string;
  /** The prefix of the names of its SSM parameters, without a slash at its end. */
  readonly secretsPath: string;
}

/** Throws BAD_REQUEST if the region is not clear. */
export function placeOf({ stage, region: option }: { stage: string; region?: string }): Place {
  const claims = regionClaims(readStageFile(stage), process.env, { option });
  const disagreement = regionDisagreement(stage, claims);
  if (disagreement !== undefined) throw new Problem("BAD_REQUEST", disagreement);
  const service = serviceName();
  return {
    stage,
    region: claimedRegion(claims),
    stackName: `${service}-${stage}`,
    folder: `serverless/${service}/${stage}`,
    secretsPath: `/${service}/${stage}`,
  };
}
