/** The words that the suite is written in. */

export type Parameter =
  | string
  | number
  | boolean
  | readonly Parameter[]
  | { readonly [name: string]: Parameter };
export type Parameters = { readonly [name: string]: Parameter };

/** What a response must have: the fields of objects that are named here, and lists of the same length. */
export type Expected =
  | string
  | number
  | boolean
  | null
  | readonly Expected[]
  | { readonly [name: string]: Expected };

export interface Step {
  /** How later steps refer to the response: `{payment.id}`. */
  readonly name: string;
  readonly method: "DELETE" | "GET" | "POST";
  /** The path and the values of parameters can refer to earlier responses. */
  readonly path: string;
  readonly parameters: Parameters;
  /** The HTTP status. */
  readonly status: number;
  /** Of the response, or of its error. */
  readonly expected: { readonly [name: string]: Expected };
}

export interface Scenario {
  readonly title: string;
  readonly steps: readonly Step[];
}

export function scenario(title: string, ...steps: readonly Step[]): Scenario {
  return { title, steps };
}

export function post(
  name: string,
  path: string,
  parameters: Parameters = {},
  expected: Step["expected"] = {},
): Step {
  return { name, method: "POST", path, parameters, status: 200, expected };
}

export function get(name: string, path: string, expected: Step["expected"] = {}): Step {
  return { name, method: "GET", path, parameters: {}, status: 200, expected };
}

export function remove(
  name: string,
  path: string,
  expected: Step["expected"] = {},
  parameters: Parameters = {},
): Step {
  return { name, method: "DELETE", path, parameters, status: 200, expected };
}

/** The same step, refused with this status and error. */
export function refused(step: Step, status: number, error: Step["expected"]): Step {
  return { ...step, status, expected: error };
}
