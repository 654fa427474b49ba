/**
 * The upgrade of Stripe's API version with two webhook endpoints side by side: docs/upgrading.md. Both deliver every event with the
 * same id, each in its own version, so the copy that comes second has no effect.
 */
import type { Target, Verdict } from "../command-line/command.ts";
import { misused } from "../command-line/misuse.ts";
import { byVersion, differencesOf, type Endpoint, type Wanted } from "./endpoint-check.ts";
import { createEndpoint, deleteEndpoint, undelivered } from "./webhook-endpoints.ts";
import { whereToPut } from "./where-to-put.ts";

/** How far back `retire` looks for events that were not delivered, in seconds. */
const LOOK_BACK = 3_600;

/** `found`: the endpoints at the address of the API. Throws BAD_REQUEST if there is nothing to upgrade from. */
export async function upgradeEndpoint(
  found: readonly (Endpoint & { readonly description: string | null })[],
  wanted: Wanted,
  target: Target,
): Promise<Verdict> {
  const { current, outdated } = byVersion(found, wanted);
  const [old] = outdated;
  if (current.length > 0) {
    const next =
      old === undefined ? "There is nothing to upgrade." : "`webhook retire` deletes the other one.";
    console.error(`${current[0]?.id} already gets events of API version ${wanted.apiVersion}. ${next}`);
    return "nothing wrong";
  }
  if (old === undefined) throw misused("No webhook endpoint exists yet; `webhook create` creates it");
  const description = old.description ?? `contractspec-stripe ${target.stage ?? "local"}`;
  const { id, secret } = await createEndpoint(old.url, description, wanted);
  console.error(
    `Created ${id} for ${old.url}, API version ${wanted.apiVersion}, beside ${outdated.map((one) => one.id).join(", ")}.
Until the webhook has its secret too, Stripe tries again what ${id} delivers; ${old.id} goes on as before.
${whereToPut("<new secret>,<old secret>", target)}`,
  );
  console.log(secret);
  return "nothing wrong";
}

/**
 * Deletes the endpoints in other versions. Does nothing, and says why, if events could be lost: the endpoint in the code's version
 * is missing or wrong, or Stripe has events of the last hour that an endpoint has not accepted.
 */
export async function retireEndpoints(
  found: readonly Endpoint[],
  wanted: Wanted,
  { stage }: Target,
): Promise<Verdict> {
  const { current, outdated } = byVersion(found, wanted);
  if (outdated.length === 0) {
    console.error(`No endpoint is in another API version than ${wanted.apiVersion}.`);
    return "nothing wrong";
  }
  const wrong = differencesOf(current, wanted);
  for (const { what } of wrong) console.error(`${what}.`);
  if (wrong.length > 0) {
    console.error("Nothing was deleted: the endpoint that is to stay does not deliver everything.");
    return "something wrong";
  }
  const waiting = await undelivered(Math.floor(Date.now() / 1000) - LOOK_BACK);
  if (waiting.length > 0) {
    console.error(
      `Nothing was deleted: an endpoint has not accepted ${waiting.length} events of the last hour, such as ${waiting[0]}. Is the new secret in STRIPE_WEBHOOK_SECRET? Stripe tries again; run this later.`,
    );
    return "something wrong";
  }
  for (const { id } of outdated) {
    await deleteEndpoint(id);
    console.error(`Deleted ${id}.`);
  }
  const where = stage === undefined ? "in .env" : "in SSM";
  console.error(`Now set STRIPE_WEBHOOK_SECRET ${where} to the new secret alone.`);
  return "nothing wrong";
}
