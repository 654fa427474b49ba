/** Runs the chosen command of `npm run stripe`. */
import { awaitedEvents } from "../../lib/compiler/workflow/awaited-events.ts";
import { subscribedEventTypes } from "../../lib/events/event-queues.ts";
import { STRIPE_API_VERSION } from "../../lib/stripe/api-version.ts";
import { readStageFile } from "../../resources/stage-settings.ts";
import type { Circumstances, Target, Verdict } from "../command-line/command.ts";
import { misused } from "../command-line/misuse.ts";
import { loadProject } from "../generate/load-project.ts";
import { selectTarget } from "../target.ts";
import { checkAccount } from "./account-check.ts";
import { type StripeAsked, WEBHOOK_PATH } from "./command.ts";
import { type Difference, differencesOf, type Endpoint, endpointsAt } from "./endpoint-check.ts";
import { retireEndpoints, upgradeEndpoint } from "./version-upgrade.ts";
import { createEndpoint, fixEndpoint, listEndpoints } from "./webhook-endpoints.ts";
import { whereToPut } from "./where-to-put.ts";

const WANTED = {
  apiVersion: STRIPE_API_VERSION,
  events: subscribedEventTypes(awaitedEvents(loadProject().workflows)),
};

export async function runStripe(asked: StripeAsked, { target }: Circumstances): Promise<Verdict> {
  selectTarget(target, ["STRIPE_SECRET_KEY"]);
  if (asked.action === "account check") {
    const settings = target.stage === undefined ? process.env : readStageFile(target.stage).values;
    return checkAccount(asked, settings);
  }
  const local = target.stage === undefined ? `${process.env.PUBLIC_URL}${WEBHOOK_PATH}` : undefined;
  const url = asked.url ?? local;
  const found = endpointsAt(await listEndpoints(), url);
  const addresses = [...new Set(found.map((endpoint) => endpoint.url))];
  if (addresses.length > 1)
    throw misused(`Several webhook endpoints exist; choose one with --url:\n${addresses.join("\n")}`);
  switch (asked.action) {
    case "check":
      return check(found);
    case "create":
      return create(found, url ?? addresses[0], target);
    case "upgrade":
      return upgradeEndpoint(found, WANTED, target);
    case "retire":
      return retireEndpoints(found, WANTED, target);
  }
}

function check(found: readonly Endpoint[]): Verdict {
  const differences = differencesOf(found, WANTED);
  printDifferences(differences);
  if (differences.length > 0) return "something wrong";
  console.log(`${found[0]?.id} for ${found[0]?.url} is configured correctly: ${inWords()}.`);
  return "nothing wrong";
}

async function create(
  found: readonly Endpoint[],
  address: string | undefined,
  target: Target,
): Promise<Verdict> {
  if (address === undefined)
    throw misused(
      `No webhook endpoint exists yet; give the address of the API with --url https://<api>${WEBHOOK_PATH}`,
    );
  if (found.length > 0) return fix(found, address);
  const description = `contractspec-stripe ${target.stage ?? "local"}`;
  const { id, secret } = await createEndpoint(address, description, WANTED);
  console.error(`Created ${id} for ${address}: ${inWords()}.\n${whereToPut("<secret>", target)}`);
  console.log(secret);
  return "nothing wrong";
}

async function fix(found: readonly Endpoint[], address: string): Promise<Verdict> {
  const differences = differencesOf(found, WANTED);
  const fixable = differences.filter(({ isFixable }) => isFixable);
  for (const { id } of fixable.length > 0 ? found : []) await fixEndpoint(id, WANTED);
  for (const { what } of fixable) console.error(`Fixed: ${what}.`);
  const left = differences.filter(({ isFixable }) => !isFixable);
  printDifferences(left);
  if (left.length > 0) return "something wrong";
  console.error(
    `${found[0]?.id} for ${address} is configured correctly: ${inWords()}. Its secret stays the same.`,
  );
  return "nothing wrong";
}

function printDifferences(differences: readonly Difference[]): void {
  for (const { what, remedy } of differences) console.error(`${what}. ${remedy}`);
}

function inWords(): string {
  return `enabled, ${WANTED.events.length} event types, API version ${WANTED.apiVersion}`;
}
