import type { Endpoint } from "./endpoint.ts";

/** The endpoint for a request, with the ids in its path (empty when the path has none), or undefined. The first match wins. */
export function findEndpoint(
  endpoints: readonly Endpoint[],
  method: string,
  path: string,
): { endpoint: Endpoint; id: string; itemId: string } | undefined {
  const requested = path.split("/");
  for (const candidate of endpoints) {
    const declared = candidate.path.split("/");
    if (candidate.method !== method || declared.length !== requested.length) continue;
    if (!declared.every((segment, index) => matches(segment, requested[index]))) continue;
    const id = decoded(requested[declared.indexOf(":id")] ?? "");
    const itemId = decoded(requested[declared.indexOf(":item")] ?? "");
    return id === undefined || itemId === undefined ? undefined : { endpoint: candidate, id, itemId };
  }
  return undefined;
}

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
