/** The tables that `npm run endpoints` prints. No I/O, no clock: `now` is passed in. */
import type { Delivery } from "../../lib/endpoints/delivery-table.ts";
import { currentSecrets, type Endpoint } from "../../lib/endpoints/endpoint.ts";
import { isBroken } from "../../lib/endpoints/endpoint-health.ts";
import { textTable } from "../text-table.ts";

const ENDPOINT_HEADINGS = ["ENDPOINT", "STATE", "TYPES", "SECRETS", "CREATED", "URL", "DESCRIPTION"];
const DELIVERY_HEADINGS = ["ENDPOINT", "STATUS", "ATTEMPT", "RESPONSE", "TOOK", "NEXT ATTEMPT"];

/** One line for each endpoint below the headings; times are UTC, to the minute. */
export function endpointTable(endpoints: readonly Endpoint[], now: Date): string {
  const rows = endpoints.map((endpoint) => [
    endpoint.endpointId,
    stateOf(endpoint, now),
    endpoint.types.join(","),
    String(currentSecrets(endpoint.secrets, now).length),
    minute(endpoint.createdAt),
    withoutQuery(endpoint.url),
    endpoint.description,
  ]);
  return textTable([ENDPOINT_HEADINGS, ...rows]);
}

function stateOf(endpoint: Endpoint, now: Date): string {
  const { disabledAt, disabledReason, failures, failingSince = "" } = endpoint;
  if (disabledAt !== undefined) return `disabled ${minute(disabledAt)} (${disabledReason ?? "operator"})`;
  if (isBroken(endpoint, now)) return `failing since ${minute(failingSince)}`;
  return failures === 0 ? "enabled" : `enabled, failed ${failures} times`;
}

/** A query can contain a token. */
function withoutQuery(url: string): string {
  const { origin, pathname, search } = new URL(url);
  return `${origin}${pathname}${search === "" ? "" : "?..."}`;
}

/** One line for each attempt; times are UTC, to the second. */
export function deliveryTable(deliveries: readonly Delivery[]): string {
  const rows = deliveries.flatMap(({ endpointId, status, attempts, nextAttemptAt }) => {
    const next = nextAttemptAt === undefined ? "" : second(nextAttemptAt);
    if (attempts.length === 0) return [[endpointId, status, "none yet", "", "", next]];
    return attempts.map(({ at, result, durationMs }, index) => {
      const isLast = index === attempts.length - 1;
      return [endpointId, isLast ? status : "", second(at), result, `${durationMs} ms`, isLast ? next : ""];
    });
  });
  return textTable([DELIVERY_HEADINGS, ...rows]);
}

/** `2026-11-25T10:20:30.000Z` -> `2026-11-25 10:20` */
const minute = (iso: string) => iso.slice(0, 16).replace("T", " ");
const second = (iso: string) => iso.slice(0, 19).replace("T", " ");
