import type { Context, InnerParameters } from "./context.ts";

/** Makes a request of the API within this one. Returns the id of the object in the response. Throws its error. */
export function apiRequest(
  context: Context,
  method: "POST" | "DELETE",
  path: string,
  parameters: InnerParameters = {},
): string {
  const result = context.serve(context, method, path, parameters);
  if ("id" in result && typeof result.id === "string") return result.id;
  throw new Error(`${method} ${path} returned no object.`);
}
