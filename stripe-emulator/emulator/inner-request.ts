import { encodeForm, parseForm } from "../protocol/form-encoding.ts";
import { endpoints } from "../resources/all-endpoints.ts";
import { findEndpoint } from "../resources/find-endpoint.ts";
import type { InnerRequest } from "../state/context.ts";

/**
 * Serves a request of the API within another one: what it creates and emits is what a caller of the API would get. Throws
 * the error that the API would respond with.
 */
export const serveInnerRequest: InnerRequest = (context, method, path, parameters) => {
  const found = findEndpoint(endpoints, method, path);
  if (found === undefined) throw new Error(`There is no endpoint ${method} ${path}.`);
  const given = Object.entries(parameters).flatMap(([name, value]) =>
    value === undefined ? [] : [[name, value] as const],
  );
  const { run } = found.endpoint.prepare(parseForm(encodeForm(Object.fromEntries(given))));
  return run({ context, id: found.id, itemId: found.itemId, path, publishable: false });
};
