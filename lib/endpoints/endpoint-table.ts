/** The table of endpoints. Every write changes single attributes, so that commands and deliveries do not undo each other's. */
import { getItem, putItem, scanTable, updateAndRead, updateItem } from "../aws/dynamodb.ts";
import { env } from "../env.ts";
import { invalidField, Problem } from "../errors.ts";
import { present } from "../present.ts";
import { numberOf, textOf } from "../untrusted.ts";
import {
  currentSecrets,
  type DisabledReason,
  type Endpoint,
  newEndpointId,
  openSecrets,
  readEndpointItem,
  type SealedSecret,
  sealedSecret,
} from "./endpoint.ts";
import { type Health, isToBeDisabled, nextProbe } from "./endpoint-health.ts";
import { checkedUrl, type UrlRules } from "./endpoint-url.ts";
import { checkedPatterns, EVERY_TYPE } from "./type-filter.ts";
import { newSigningSecret } from "./webhook-signature.ts";

/** Every notification is compared with all of them. */
export const MOST_ENDPOINTS = 50;
const LONGEST_DESCRIPTION = 200;
/** Each of them adds a signature to every request. */
const MOST_SECRETS = 3;
const EXISTS = "attribute_exists(endpointId)";

/** Every endpoint, the oldest first. */
export async function listEndpoints(): Promise<Endpoint[]> {
  const endpoints = (await scanTable(env("ENDPOINTS_TABLE"))).flatMap((item) => readEndpointItem(item) ?? []);
  return endpoints.sort((a, b) => a.createdAt.localeCompare(b.createdAt));
}

/** Undefined if there is no endpoint with this id. */
export async function findEndpoint(endpointId: string): Promise<Endpoint | undefined> {
  const item = await getItem(env("ENDPOINTS_TABLE"), { endpointId });
  return item === undefined ? undefined : readEndpointItem(item);
}

/** Throws NOT_FOUND if there is no endpoint with this id. */
export async function readEndpoint(endpointId: string): Promise<Endpoint> {
  const endpoint = await findEndpoint(endpointId);
  if (endpoint !== undefined) return endpoint;
  throw new Problem("NOT_FOUND", `There is no endpoint ${endpointId}; list shows all of them`);
}

export interface NewEndpoint {
  readonly url: string;
  readonly description?: string | undefined;
  /** By default all types. */
  readonly types?: readonly string[];
}

export interface Surroundings extends UrlRules {
  readonly now: Date;
  readonly appSecrets: readonly string[];
}

/** The endpoint, and its signing secret. This is the only time the secret's text is known outside a delivery. */
export interface WithSecret {
  readonly endpoint: Endpoint;
  readonly secret: string;
}

/**
 * Creates an endpoint. Throws VALIDATION_FAILED naming what is wrong, and CONFLICT if there are too many or one has this URL
 * already: it would get every notification twice.
 */
export async function createEndpoint(
  given: NewEndpoint,
  { now, appSecrets, loopback }: Surroundings,
): Promise<WithSecret> {
  const url = checkedUrl(given.url, { loopback });
  const description = given.description?.trim() ?? "";
  if (description.length > LONGEST_DESCRIPTION)
    throw invalidField("description", `must have at most ${LONGEST_DESCRIPTION} characters`);
  const { types: patterns = [] } = given;
  const types = patterns.length === 0 ? [EVERY_TYPE] : checkedPatterns(patterns);
  const others = await listEndpoints();
  const same = others.find((other) => other.url === url);
  if (same !== undefined) throw new Problem("CONFLICT", `${same.endpointId} has this URL already`);
  if (others.length >= MOST_ENDPOINTS)
    throw new Problem("CONFLICT", `There are ${MOST_ENDPOINTS} endpoints already, which is the most`);
  const endpointId = newEndpointId();
  const secret = newSigningSecret();
  const sealed = sealedSecret(endpointId, secret, appSecrets);
  const item = { endpointId, url, description, types, secrets: [{ sealed }], createdAt: now.toISOString() };
  if (!(await putItem(env("ENDPOINTS_TABLE"), item, { expression: "attribute_not_exists(endpointId)" })))
    throw new Problem("CONFLICT", `Endpoint ${endpointId} already exists; nothing was created`);
  return { endpoint: { ...item, failures: 0 }, secret };
}

/**
 * Adds a new signing secret. Requests are signed with the old one, too, for `graceSeconds` more. Throws NOT_FOUND, and CONFLICT if
 * another command changes the secrets at the same time, or if too many are valid.
 */
export async function rotateSecret(
  endpointId: string,
  graceSeconds: number,
  { now, appSecrets }: Pick<Surroundings, "now" | "appSecrets">,
): Promise<WithSecret> {
  const endpoint = await readEndpoint(endpointId);
  const graceEnd = new Date(now.getTime() + graceSeconds * 1000).toISOString();
  const old = currentSecrets(endpoint.secrets, now).map(({ sealed, expiresAt }) => ({
    sealed,
    expiresAt: expiresAt !== undefined && expiresAt < graceEnd ? expiresAt : graceEnd,
  }));
  const kept = graceSeconds === 0 ? [] : old;
  if (kept.length >= MOST_SECRETS)
    throw new Problem(
      "CONFLICT",
      `${endpointId} has ${kept.length} secrets that are still valid; rotate it after ${kept.at(-1)?.expiresAt}, or with --grace 0s`,
    );
  const secret = newSigningSecret();
  const secrets = [{ sealed: sealedSecret(endpointId, secret, appSecrets) }, ...kept];
  await replaceSecrets(endpoint, secrets);
  return { endpoint: { ...endpoint, secrets }, secret };
}

/** Seals the endpoint's secrets again with the first of `appSecrets`, before the old APP_SECRET is removed. */
export async function resealSecrets(
  endpoint: Endpoint,
  now: Date,
  appSecrets: readonly string[],
): Promise<void> {
  const { endpointId } = endpoint;
  const current = currentSecrets(endpoint.secrets, now);
  const opened = openSecrets(endpoint, now, appSecrets);
  const secrets = opened.map((secret, index) => ({
    sealed: sealedSecret(endpointId, secret, appSecrets),
    ...present({ expiresAt: current[index]?.expiresAt }),
  }));
  await replaceSecrets(endpoint, secrets);
}

async function replaceSecrets(endpoint: Endpoint, secrets: readonly SealedSecret[]): Promise<void> {
  const { endpointId } = endpoint;
  const [current] = endpoint.secrets;
  // No two sealed texts are equal, so this one says whether somebody has changed the list.
  const replaced = await updateItem(env("ENDPOINTS_TABLE"), { endpointId }, "SET secrets = :new", {
    expression: `${EXISTS} AND secrets[0].sealed = :current`,
    values: { ":new": secrets, ":current": current?.sealed ?? "" },
  });
  if (!replaced)
    throw new Problem("CONFLICT", `Another command has changed the secrets of ${endpointId}; run it again`);
}

/**
 * Stops deliveries to the endpoint. Returns false, and changes nothing, if it is disabled already or does not exist: of several
 * callers, one disables it.
 */
export function disableEndpoint(endpointId: string, reason: DisabledReason, now: Date): Promise<boolean> {
  return updateItem(
    env("ENDPOINTS_TABLE"),
    { endpointId },
    "SET disabledAt = :now, disabledReason = :reason REMOVE toldAt",
    {
      expression: `${EXISTS} AND attribute_not_exists(disabledAt)`,
      values: { ":now": now.toISOString(), ":reason": reason },
    },
  );
}

/** Lets deliveries to the endpoint begin again, as if it had never failed. Returns false if it does not exist. */
export function enableEndpoint(endpointId: string): Promise<boolean> {
  return updateItem(
    env("ENDPOINTS_TABLE"),
    { endpointId },
    "REMOVE disabledAt, disabledReason, toldAt, failures, failingSince, nextProbeAt",
    { expression: EXISTS },
  );
}

/** Notes that the administrator was told that the endpoint is disabled. */
export async function noteTold(endpointId: string, now: Date): Promise<void> {
  await updateItem(env("ENDPOINTS_TABLE"), { endpointId }, "SET toldAt = :now", {
    expression: `${EXISTS} AND attribute_exists(disabledAt)`,
    values: { ":now": now.toISOString() },
  });
}

/** Notes a success. An endpoint that did not fail before costs no call. */
export async function noteSuccess({ endpointId, failures }: Endpoint): Promise<void> {
  if (failures === 0) return;
  await updateItem(env("ENDPOINTS_TABLE"), { endpointId }, "REMOVE failures, failingSince, nextProbeAt", {
    expression: EXISTS,
  });
}

/** Notes a failure. Returns whether that was the last one before the endpoint is disabled: then it is disabled now. */
export async function noteFailure({ endpointId, failingSince }: Endpoint, now: Date): Promise<boolean> {
  const noted = await updateAndRead(
    env("ENDPOINTS_TABLE"),
    { endpointId },
    "SET failingSince = if_not_exists(failingSince, :now), nextProbeAt = :next ADD failures :one",
    {
      expression: EXISTS,
      values: { ":now": now.toISOString(), ":next": nextProbe(present({ failingSince }), now), ":one": 1 },
    },
  );
  if (noted === undefined) return false;
  const health: Health = {
    failures: numberOf(noted.failures) ?? 0,
    ...present({ failingSince: textOf(noted.failingSince) }),
  };
  return isToBeDisabled(health, now) && (await disableEndpoint(endpointId, "failing", now));
}

/** Whether the caller may make the one attempt that is due at an endpoint that is broken. Of several callers, one may. */
export async function claimProbe(
  { endpointId, failingSince, nextProbeAt }: Endpoint,
  now: Date,
): Promise<boolean> {
  if (nextProbeAt !== undefined && nextProbeAt > now.toISOString()) return false;
  return updateItem(env("ENDPOINTS_TABLE"), { endpointId }, "SET nextProbeAt = :next", {
    expression: `${EXISTS} AND (attribute_not_exists(nextProbeAt) OR nextProbeAt <= :now)`,
    values: { ":now": now.toISOString(), ":next": nextProbe(present({ failingSince }), now) },
  });
}
