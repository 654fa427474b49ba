/** One of the two servers that are compared. */
import { Problem } from "../../lib/errors.ts";
import { STRIPE_API_VERSION } from "../../lib/stripe/api-version.ts";
import type { Parameter, Parameters, Step } from "./scenario.ts";

export type Json = string | number | boolean | null | Json[] | { [name: string]: Json };

export interface Side {
  /** "the emulator" or "Stripe", as it is printed. */
  readonly name: string;
  /** The address without a path. */
  readonly base: string;
  readonly key: string;
}

export interface Response {
  readonly status: number;
  readonly body: Json;
}

/** Sends a request. Throws a Problem when there is no response, or one that is not JSON. */
export async function send(
  side: Side,
  method: Step["method"],
  path: string,
  parameters: Parameters = {},
): Promise<Response> {
  const form = new URLSearchParams(pairsOf(parameters));
  const query = method === "GET" && form.size > 0 ? `?${form}` : "";
  const response = await fetch(`${side.base}${path}${query}`, {
    method,
    headers: { authorization: `Bearer ${side.key}`, "stripe-version": STRIPE_API_VERSION },
    ...(method === "GET" ? {} : { body: form }),
  }).catch((cause: unknown) => {
    throw new Problem("BAD_REQUEST", `${side.name} does not respond at ${side.base}`, { cause });
  });
  const text = await response.text();
  try {
    return { status: response.status, body: JSON.parse(text) };
  } catch (cause) {
    throw new Problem("BAD_REQUEST", `${side.name} responded to ${method} ${path} without JSON`, { cause });
  }
}

function pairsOf(value: Parameter, name = ""): [string, string][] {
  if (Array.isArray(value)) return value.flatMap((item, index) => pairsOf(item, `${name}[${index}]`));
  if (typeof value !== "object") return [[name, String(value)]];
  return Object.entries(value).flatMap(([key, item]) => pairsOf(item, name === "" ? key : `${name}[${key}]`));
}
