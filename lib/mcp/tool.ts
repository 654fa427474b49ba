/** The tools that agents are offered: `npm run generate` makes one of each capability, and two of each workflow. Types only. */

/** A value of JSON. */
export type Json = string | number | boolean | null | Json[] | { [name: string]: Json };

/** A JSON Schema (draft 2020-12) of an object. Not an interface, which the SDK would not take for an object of any keys. */
export type ObjectSchema = {
  type: "object";
  properties?: { [name: string]: Json };
  required?: string[];
  additionalProperties?: boolean;
};

export interface Tool {
  readonly name: string;
  /** What an agent reads before it decides which tool to call. */
  readonly description: string;
  /** Without `callReference`, which every tool with the action `invoke` or `start` has in addition. */
  readonly inputSchema: ObjectSchema;
  /** Left out if the response has another shape for some calls. */
  readonly outputSchema?: ObjectSchema;
  /** The capability or the workflow that the policy is asked about. */
  readonly resource: string;
  readonly action: "invoke" | "read" | "start";
  /** The path of the API that does it. `{runId}` stands for the argument of that name. */
  readonly path: string;
}

/** The argument that makes a second, otherwise identical call another call. */
export const CALL_REFERENCE = "callReference";
/** Characters. */
export const CALL_REFERENCE_MAX_LENGTH = 100;
