/**
 * `npm run -s stripe -- webhook create|check`: the webhook endpoint at Stripe, with exactly the events that have
 * consumers and the API version that the code is written for. A new signing secret is printed once, on standard output
 * alone.
 */
import { Problem } from "../lib/errors.ts";
import { ROUTED_EVENT_TYPES } from "../lib/events/event-queues.ts";
import { STRIPE_API_VERSION } from "../lib/stripe/stripe-client.ts";
import { LocalStackError } from "../local/ports.ts";
import { readCommand, type StripeCommand, WEBHOOK_PATH } from "./stripe/command.ts";
import { type Difference, differencesOf, endpointsAt } from "./stripe/endpoint-check.ts";
import { bringInLine, createEndpoint, listEndpoints } from "./stripe/webhook-endpoints.ts";
import { selectTarget } from "./target.ts";

const WANTED = { apiVersion: STRIPE_API_VERSION, events: ROUTED_EVENT_TYPES };

try {
  const command = readCommand(process.argv.slice(2));
  selectTarget(command.stage, ["STRIPE_SECRET_KEY"]);
  const url =
    command.url ?? (command.stage === undefined ? `${process.env.PUBLIC_URL}${WEBHOOK_PATH}` : undefined);
  const isInLine = await (command.action === "check" ? check(url) : create(url, command));
  if (!isInLine) process.exitCode = 1;
} catch (thrown) {
  console.error(messageOf(thrown));
  process.exitCode = 1;
}

async function check(url: string | undefined): Promise<boolean> {
  const found = endpointsAt(await listEndpoints(), url);
  const addresses = addressesOf(found);
  if (addresses.length > 1) return tooMany(addresses);
  const differences = differencesOf(found, WANTED);
  printDifferences(differences);
  if (differences.length > 0) return false;
  console.log(`${found[0]?.id} for ${found[0]?.url} is as it has to be: ${inWords()}.`);
  return true;
}

async function create(url: string | undefined, { stage }: StripeCommand): Promise<boolean> {
  const found = endpointsAt(await listEndpoints(), url);
  const addresses = addressesOf(found);
  if (addresses.length > 1) return tooMany(addresses);
  const address = url ?? addresses[0];
  if (address === undefined) {
    console.error(
      `There is no webhook endpoint yet: say where the API is with --url https://<api>${WEBHOOK_PATH}`,
    );
    return false;
  }
  if (found.length === 0) {
    const { id, secret } = await createEndpoint(address, `contractspec-stripe ${stage ?? "local"}`, WANTED);
    console.error(`Made ${id} for ${address}: ${inWords()}.\n${whereTo(stage)}`);
    console.log(secret);
    return true;
  }
  const differences = differencesOf(found, WANTED);
  for (const { id } of differences.some(({ isMendable }) => isMendable) ? found : [])
    await bringInLine(id, WANTED);
  for (const { what } of differences.filter(({ isMendable }) => isMendable))
    console.error(`Mended: ${what}.`);
  const left = differences.filter(({ isMendable }) => !isMendable);
  printDifferences(left);
  if (left.length > 0) return false;
  console.error(
    `${found[0]?.id} for ${address} is as it has to be: ${inWords()}. Its secret stays the same.`,
  );
  return true;
}

function printDifferences(differences: readonly Difference[]): void {
  for (const { what, mend } of differences) console.error(`${what}. ${mend}`);
}

function addressesOf(found: readonly { readonly url: string }[]): string[] {
  return [...new Set(found.map(({ url }) => url))];
}

function tooMany(addresses: readonly string[]): boolean {
  console.error(`There are several webhooks; name one with --url:\n${addresses.join("\n")}`);
  return false;
}

function inWords(): string {
  return `enabled, ${WANTED.events.length} event types, API version ${WANTED.apiVersion}`;
}

/** What to do with the secret. */
function whereTo(stage: string | undefined): string {
  const shown = "This is its signing secret; it is not shown again.";
  if (stage === undefined)
    return `${shown} Put it into .env as STRIPE_WEBHOOK_SECRET, and start the stack anew:`;
  return `${shown} Put it where the webhook reads it, within five minutes:
aws ssm put-parameter --overwrite --type SecureString --name ${process.env.SECRETS_PATH}/STRIPE_WEBHOOK_SECRET --value <secret>`;
}

/** What an operator can act on. Stripe's own words are not repeated; where it is Stripe that refused, its code is. */
function messageOf(thrown: unknown): string {
  if (thrown instanceof LocalStackError) return thrown.message;
  if (!(thrown instanceof Problem)) return thrown instanceof Error ? `${thrown.stack}` : String(thrown);
  const { message, cause, status } = thrown;
  const reason = cause instanceof Error ? `: ${cause.name} ${cause.message}` : "";
  if (status < 500) return `${message}${reason}`;
  return `${message}${reason}. Is the local stack up (npm start), or the stage right (--stage)?`;
}
