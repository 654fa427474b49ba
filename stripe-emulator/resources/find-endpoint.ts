import type { Endpoint } from "./endpoint.ts";

interface Candidate {
  readonly endpoint: Endpoint;
  readonly segments: readonly string[];
}

/** For each list of endpoints: by method and number of segments. */
const indexes = new WeakMap<readonly Endpoint[], ReadonlyMap<string, readonly Candidate[]>>();

/** The endpoint for a request, with the ids in its path (empty when the path has none), or undefined. The first match wins. */
export function findEndpoint(
  endpoints: readonly Endpoint[],
  method: string,
  path: string,
): { endpoint: Endpoint; id: string; itemId: string } | undefined {
  const requested = path.split("/");
  const candidates = indexOf(endpoints).get(keyOf(method, requested)) ?? [];
  for (const { endpoint, segments } of candidates) {
    if (!segments.every((segment, index) => matches(segment, requested[index]))) continue;
    const id = decoded(requested[segments.indexOf(":id")] ?? "");
    const itemId = decoded(requested[segments.indexOf(":item")] ?? "");
    return id === undefined || itemId === undefined ? undefined : { endpoint, id, itemId };
  }
  return undefined;
}

function indexOf(endpoints: readonly Endpoint[]): ReadonlyMap<string, readonly Candidate[]> {
  const known = indexes.get(endpoints);
  if (known !== undefined) return known;
  const candidates = endpoints.map((endpoint) => ({ endpoint, segments: endpoint.path.split("/") }));
  const index = Map.groupBy(candidates, ({ endpoint, segments }) => keyOf(endpoint.method, segments));
  indexes.set(endpoints, index);
  return index;
}

const keyOf = (method: string, segments: readonly string[]) => `${method} ${segments.length}`;

/** Undefined for an invalid percent-encoding. */
function decoded(segment: string): string | undefined {
  try {
    return decodeURIComponent(segment);
  } catch {
    return undefined;
  }
}

/** Stripe uses `search` as a path of its own, never as an id. */
function matches(declared: string, requested: string | undefined): boolean {
  return declared.startsWith(":") ? requested !== "" && requested !== "search" : declared === requested;
}
