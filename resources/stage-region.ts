/**
 * The one region of a stage: of its stack, its secrets and the commands of its operators. Everything that names a region
 * has to name the same one.
 */
import { existsSync, readFileSync } from "node:fs";
import { homedir } from "node:os";
import { join } from "node:path";
import { singleWord } from "../lib/scrub.ts";
import type { StageFile } from "./stage-settings.ts";

type Environment = Readonly<Record<string, string | undefined>>;

/** A place that names the region. */
export interface RegionClaim {
  readonly region: string;
  readonly by: string;
}

/** Of the local stack, and of a package for which nothing names a region. */
export const DEFAULT_REGION = "us-east-1";

/** Every place that names a region for this stage. `option` is the value of --region, `profile` that of --aws-profile. */
export function regionClaims(
  file: Pick<StageFile, "path" | "values">,
  environment: Environment,
  { option, profile }: { readonly option?: string | undefined; readonly profile?: string | undefined } = {},
): RegionClaim[] {
  const claims: [string | undefined, string][] = [
    [option, "--region"],
    [file.values.AWS_REGION, `AWS_REGION in ${file.path}`],
    ...regionOfShell(environment, profile),
  ];
  return claims.flatMap(([region, by]) => (region?.trim() ? [{ region: region.trim(), by }] : []));
}

/** The region that the claims name; us-east-1 if there are none. */
export function claimedRegion(claims: readonly RegionClaim[]): string {
  return claims[0]?.region ?? DEFAULT_REGION;
}

/** Says which claims differ, and how to resolve it; undefined if all name the same region. */
export function regionDisagreement(stage: string, claims: readonly RegionClaim[]): string | undefined {
  if (new Set(claims.map(({ region }) => region)).size <= 1) return undefined;
  const lines = claims.map(({ region, by }) => `  ${singleWord(region)}: ${by}`);
  return `The stage ${stage} has one region, but different ones are named here:\n${lines.join("\n")}\nChange or unset the wrong ones.`;
}

/** As AWS's own tools find it: a variable is used instead of the profile. */
function regionOfShell(
  environment: Environment,
  profile: string | undefined,
): [string | undefined, string][] {
  const variables = (["AWS_REGION", "AWS_DEFAULT_REGION"] as const).map(
    (name): [string | undefined, string] => [environment[name], `${name} of this shell`],
  );
  if (variables.some(([region]) => region?.trim())) return variables;
  const name = profile ?? (environment.AWS_PROFILE?.trim() || "default");
  const file = environment.AWS_CONFIG_FILE?.trim() || join(environment.HOME ?? homedir(), ".aws", "config");
  return [[regionOfProfile(name, file), `the AWS profile ${name} in ${file}`]];
}

/** `region` in the profile's section of an AWS configuration file. */
function regionOfProfile(name: string, file: string): string | undefined {
  if (!existsSync(file)) return undefined;
  const sections = readFileSync(file, "utf8").split(/^[ \t]*\[/m);
  const section = sections.find((text) => {
    const title = text.slice(0, text.indexOf("]")).trim().replaceAll(/\s+/g, " ");
    return title === `profile ${name}` || (name === "default" && title === name);
  });
  return /^region[ \t]*=[ \t]*(\S+)/m.exec(section ?? "")?.[1];
}
