/** Changes the stack to a version whose package is in the bucket: what a deployment and a rollback have in common. */
import { spawnSync } from "node:child_process";
import { DescribeStackResourceCommand, type RollbackConfiguration } from "@aws-sdk/client-cloudformation";
import { readStageFile } from "../../resources/stage-settings.ts";
import { selectTables, selectTarget } from "../target.ts";
import { type Ask, askTerminal } from "./ask.ts";
import type { AwsClients } from "./aws-clients.ts";
import { planLines } from "./change-plan.ts";
import { createChangeSet, discardChangeSet, executeChangeSet, type Patience } from "./change-set.ts";
import { isConfirmed } from "./confirm.ts";
import type { Place } from "./place.ts";
import { apiUrlOf } from "./preflight.ts";
import { smokeCalls } from "./smoke.ts";
import { stackNow } from "./stack.ts";
import { recordDeployment, templateUrl } from "./versions.ts";

/** The parts of a deployment that tests replace. */
export interface Surroundings {
  readonly clients: AwsClients;
  readonly ask: Ask;
  readonly patience: Patience;
  readonly now: () => Date;
  /** The current git commit, with a mark if files have changed since; empty outside of git. */
  readonly commit: () => string;
}

const POLL_MS = 3_000;

/** Those of an operator's shell. */
export function surroundingsOf(clients: AwsClients): Surroundings {
  return {
    clients,
    ask: askTerminal,
    patience: { pollMs: POLL_MS, print: (line) => console.log(`  ${line}`) },
    now: () => new Date(),
    commit: () => {
      const git = spawnSync("git", ["describe", "--always", "--dirty", "--abbrev=12"], { encoding: "utf8" });
      return git.status === 0 ? git.stdout.trim() : "";
    },
  };
}

export interface Applied {
  readonly version: string;
  /** The git commit of the version. */
  readonly commit: string;
}

/** How a version is to be applied. */
export interface Wish {
  readonly yes: boolean;
  readonly onlyPlan: boolean;
  /** The alarms that undo the change. */
  readonly watch?: RollbackConfiguration | undefined;
}

export type Outcome = "unchanged" | "planned" | "declined" | "changed";

/** The name of the stage's bucket, which the framework's first template creates. */
export async function bucketOf({ clients }: Surroundings, stackName: string): Promise<string> {
  const { StackResourceDetail } = await clients.cloudFormation.send(
    new DescribeStackResourceCommand({
      StackName: stackName,
      LogicalResourceId: "ServerlessDeploymentBucket",
    }),
  );
  return StackResourceDetail?.PhysicalResourceId ?? "";
}

/** Shows what would change, asks, changes it, and records it. Throws what CloudFormation refuses. */
export async function applyVersion(
  surroundings: Surroundings,
  place: Place,
  bucket: string,
  { version, commit }: Applied,
  { yes, onlyPlan, watch }: Wish,
): Promise<Outcome> {
  const { clients, patience, ask, now } = surroundings;
  const { stackName, stage } = place;
  const TemplateURL = templateUrl(place, bucket, version);
  const changeSet = await createChangeSet(clients, stackName, { TemplateURL }, "UPDATE", patience, watch);
  if (changeSet === undefined) {
    console.log(`Nothing to change: ${stackName} is version ${version}.`);
    return "unchanged";
  }
  console.log(`\nWhat changes in ${stackName} (${place.region}):`);
  for (const line of planLines(changeSet.changes)) console.log(line);
  const stop = async (outcome: Outcome) => {
    await discardChangeSet(clients, changeSet.id);
    return outcome;
  };
  if (onlyPlan) return stop("planned");
  let isWanted = false;
  try {
    isWanted = await isConfirmed(changeSet.changes, { stage, yes, ask, print: (line) => console.log(line) });
  } catch (thrown) {
    await discardChangeSet(clients, changeSet.id);
    throw thrown;
  }
  if (!isWanted) return stop("declined");
  await executeChangeSet(clients, stackName, changeSet, patience);
  await recordDeployment(clients, place, bucket, { version, commit, at: now().toISOString() });
  return "changed";
}

/** The smoke calls, printed. Returns whether all of them were good. */
export async function smoke(
  { clients, now }: Surroundings,
  { stage, stackName, region }: Place,
  webhookSecrets: string,
): Promise<boolean> {
  const stack = await stackNow(clients, stackName);
  const apiUrl = apiUrlOf(stack, readStageFile(stage).values.PUBLIC_DOMAIN) ?? "";
  selectTarget({ stage, region });
  await selectTables({ stage, region });
  console.log("\nSmoke calls:");
  const calls = await smokeCalls(apiUrl, { stage, webhookSecrets, now: now() });
  for (const { name, isGood, detail } of calls)
    console.log(`  ${isGood ? "good" : "BAD "}  ${name}: ${detail}`);
  console.log("\nWhere things are:");
  for (const [name, value] of Object.entries(stack?.outputs ?? {})) console.log(`  ${name}: ${value}`);
  return calls.every(({ isGood }) => isGood);
}
