/** Runs `npm run deploy`. */
import { spawnSync } from "node:child_process";
import { readFileSync, rmSync } from "node:fs";
import { join } from "node:path";
import { Problem } from "../../lib/errors.ts";
import type { Verdict } from "../command-line/command.ts";
import { applyVersion, bucketOf, type Surroundings, smoke, surroundingsOf } from "./apply-version.ts";
import { awsClients } from "./aws-clients.ts";
import { createChangeSet, executeChangeSet } from "./change-set.ts";
import type { DeployAsked } from "./command.ts";
import { findingLines } from "./finding.ts";
import { KEPT_VERSIONS } from "./history.ts";
import { type Place, placeOf } from "./place.ts";
import { preflight } from "./preflight.ts";
import { prunePackages } from "./prune.ts";
import { readPackage, uploadPackage } from "./versions.ts";
import { rollbackConfiguration } from "./watched-alarms.ts";

/** The framework's first template: the bucket, in which everything else is uploaded. */
const FIRST_TEMPLATE = "cloudformation-template-create-stack.json";

/** Makes a package of the stage in a folder. Throws a Problem that says why it cannot. */
export type Packager = (place: Place, folder: string) => void;

export function runDeploy(asked: DeployAsked): Promise<Verdict> {
  const place = placeOf(asked);
  return deploy(asked, place, surroundingsOf(awsClients(place.region)), packageStage);
}

/** "something wrong" if something is missing, the plan was declined, or a smoke call was not good. */
export async function deploy(
  { yes, onlyPlan, restart, watchMinutes }: Omit<DeployAsked, "stage" | "region">,
  place: Place,
  surroundings: Surroundings,
  makePackage: Packager,
): Promise<Verdict> {
  const { clients, patience } = surroundings;
  const { stage, region, stackName } = place;
  console.log(`Checking what ${stage} needs in ${region} ...`);
  const { findings, stack, account, secrets } = await preflight(clients, place, process.env);
  for (const line of findingLines(findings)) console.log(line);
  const missing = findings.filter(({ isBlocking }) => isBlocking).length;
  if (missing > 0) {
    console.log(`\nNothing was changed: ${missing} of these must be fixed first.`);
    return "something wrong";
  }
  console.log(`The account is ${account}. Packaging ...`);
  const folder = `.local/deploy/${stage}`;
  makePackage(place, folder);
  const made = readPackage(folder, place, restart ? surroundings.now() : undefined);
  if (stack === undefined) {
    console.log(`The stack ${stackName} does not exist. The first deployment creates everything.`);
    if (onlyPlan) return "nothing wrong";
    const TemplateBody = readFileSync(join(folder, FIRST_TEMPLATE), "utf8");
    const first = await createChangeSet(clients, stackName, { TemplateBody }, "CREATE", patience);
    if (first !== undefined) await executeChangeSet(clients, stackName, first, patience);
  }
  const bucket = await bucketOf(surroundings, stackName);
  const uploaded = await uploadPackage(clients, place, bucket, made);
  console.log(
    `Version ${made.version}: ${uploaded} of ${made.artifacts.size} files are new, and were uploaded.`,
  );
  const watch =
    watchMinutes === 0 || stack === undefined
      ? undefined
      : await rollbackConfiguration(clients, place, account ?? "", watchMinutes);
  if (watch !== undefined)
    console.log(
      `CloudFormation watches the alarms for ${watchMinutes} minutes, and undoes the change if one is raised.`,
    );
  const outcome = await applyVersion(
    surroundings,
    place,
    bucket,
    { version: made.version, commit: surroundings.commit() },
    { yes, onlyPlan, watch },
  );
  rmSync(folder, { recursive: true, force: true });
  if (outcome === "planned" || outcome === "declined") {
    console.log("Nothing was changed.");
    return outcome === "planned" ? "nothing wrong" : "something wrong";
  }
  const isGood = await smoke(surroundings, place, secrets.get("STRIPE_WEBHOOK_SECRET") ?? "");
  if (!isGood) console.log(`\nTo go back: npm run rollback -- --stage ${stage}`);
  if (isGood && outcome === "changed") await prune(surroundings, place, bucket, made.version);
  return isGood ? "nothing wrong" : "something wrong";
}

/** Prints what was removed. The stage is deployed in any case: the next deployment removes what this one could not. */
async function prune({ clients, now }: Surroundings, place: Place, bucket: string, current: string) {
  try {
    const removed = await prunePackages(clients, place, bucket, { current, now: now() });
    if (removed > 0)
      console.log(`\nRemoved ${removed} files of versions before the last ${KEPT_VERSIONS} from ${bucket}.`);
  } catch (thrown) {
    console.log(`\nOld packages were not removed from ${bucket}: ${String(thrown)}`);
  }
}

function packageStage({ stage, region }: Place, folder: string): void {
  const { status, stdout, stderr } = spawnSync(
    "serverless",
    ["package", "--stage", stage, "--region", region, "--package", folder],
    { encoding: "utf8" },
  );
  if (status !== 0) throw new Problem("BAD_REQUEST", `The package cannot be made:\n${stdout}${stderr}`);
}
