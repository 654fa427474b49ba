import type { Context } from "./context.ts";
import type { FormFields } from "./form-encoding.ts";
import { list, type Parsed, readParameters, type Shape, string } from "./parameters.ts";

export type Method = "GET" | "POST" | "DELETE";

/** What an endpoint's handler is told besides its parameters. */
export interface Call {
  context: Context;
  /** The id in the path; empty when the path has none. */
  id: string;
  /** The path as requested: the `url` of a list. */
  path: string;
  /** True for a browser with a publishable key, which sees less. */
  publishable: boolean;
}

/** A request whose parameters were checked and which has not begun to run. */
export interface PreparedRequest {
  expand: readonly string[];
  run(call: Call): object;
}

export interface Endpoint {
  method: Method;
  /** For example `/v1/payment_intents/:id/confirm`. */
  path: string;
  /** Whether a publishable key may call it. */
  publishable: boolean;
  /** Throws a 400 for parameters that are unknown, missing or malformed. */
  prepare(fields: FormFields): PreparedRequest;
}

const expandParameter = list(string(), 50);

/** Declares an endpoint: where it is, which parameters it takes, what it does. `expand` is taken everywhere. */
export function endpoint<S extends Shape>(
  method: Method,
  path: string,
  shape: S,
  handle: (call: Call, parameters: Parsed<S>) => object,
  access: "secret" | "publishable" = "secret",
): Endpoint {
  return {
    method,
    path,
    publishable: access === "publishable",
    prepare: (fields) => {
      const { expand: expandField, ...others } = Object.fromEntries(fields);
      const parameters = readParameters(shape, new Map(Object.entries(others)));
      const expand = expandField === undefined ? [] : expandParameter.read(expandField, "expand");
      return { expand, run: (call) => handle(call, parameters) };
    },
  };
}

/** The endpoint for a request and the id in its path, or undefined. Fixed paths win over paths with an id. */
export function match(
  endpoints: readonly Endpoint[],
  method: string,
  path: string,
): { endpoint: Endpoint; id: string } | undefined {
  const requested = path.split("/");
  for (const candidate of endpoints) {
    const declared = candidate.path.split("/");
    if (candidate.method !== method || declared.length !== requested.length) continue;
    if (!declared.every((segment, index) => isSegment(segment, requested[index]))) continue;
    const position = declared.indexOf(":id");
    return { endpoint: candidate, id: position === -1 ? "" : decodeURIComponent(requested[position] ?? "") };
  }
  return undefined;
}

/** `search` is a path of its own in Stripe's API (not served here), never an id. */
function isSegment(declared: string, requested: string | undefined): boolean {
  return declared === ":id" ? requested !== "" && requested !== "search" : declared === requested;
}
