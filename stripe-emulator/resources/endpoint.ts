import type { FormFields } from "../protocol/form-encoding.ts";
import { list, type Parsed, readParameters, type Shape, string } from "../protocol/parameters.ts";
import type { Context } from "../state/context.ts";

export type Method = "GET" | "POST" | "DELETE";

/** What the handler of an endpoint gets besides its parameters. */
export interface Call {
  context: Context;
  /** The id in the path; empty when the path has none. */
  id: string;
  /** The second id in the path, of a part of the object; empty when the path has none. */
  itemId: string;
  /** The path as requested: the `url` of a list. */
  path: string;
  /** Whether the caller is a browser with a publishable key, which sees less. */
  publishable: boolean;
}

/** A request whose parameters are checked and that has not begun to run. */
export interface PreparedRequest {
  expand: readonly string[];
  run(call: Call): object;
}

export interface Endpoint {
  method: Method;
  /** For example `/v1/payment_intents/:id/confirm` or `/v1/products/:id/features/:item`. */
  path: string;
  /** Whether a publishable key may call it. */
  publishable: boolean;
  /** Throws a 400 for parameters that are unknown, missing or malformed. `version` is the one that the request names. */
  prepare(fields: FormFields, version?: string): PreparedRequest;
}

const expandParameter = list(string(), 50);

/** Declares an endpoint: its method and path, its parameters besides `expand`, and what it does. */
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
    prepare: (fields, version) => {
      const { expand: expandField, ...others } = Object.fromEntries(fields);
      const parameters = readParameters(shape, new Map(Object.entries(others)), "", version);
      const expand = expandField === undefined ? [] : expandParameter.read(expandField, "expand");
      return { expand, run: (call) => handle(call, parameters) };
    },
  };
}
