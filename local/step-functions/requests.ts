/** Reads the requests of Step Functions' API. Each function throws the StatesError with which AWS refuses a request. */
import { isRecord, parseJson } from "../../lib/untrusted.ts";
import { StatesError } from "./states-error.ts";
import { MAX_PAYLOAD_BYTES } from "./task.ts";

/** Rules: https://docs.aws.amazon.com/step-functions/latest/apireference/API_StartExecution.html */
export function executionName(name: unknown): string {
  if (name === undefined) return crypto.randomUUID();
  const valid =
    typeof name === "string" &&
    name.length >= 1 &&
    name.length <= 80 &&
    // biome-ignore lint/suspicious/noControlCharactersInRegex: the API forbids control characters by these very ranges
    !/[\s<>{}[\]?*"#%\\^|~`$&,;:/\u0000-\u001f\u007f-\u009f]/.test(name);
  if (!valid) throw new StatesError("InvalidName", `Invalid Name: '${String(name)}'`);
  return name;
}

export function executionInput(input: unknown): string {
  if (input === undefined) return "{}";
  if (typeof input !== "string") throw new StatesError("ValidationException", "input must be a string");
  if (Buffer.byteLength(input) > MAX_PAYLOAD_BYTES) {
    throw new StatesError(
      "ValidationException",
      `Value at 'input' failed to satisfy constraint: Member must have length less than or equal to ${MAX_PAYLOAD_BYTES}`,
    );
  }
  try {
    JSON.parse(input);
  } catch (error) {
    throw new StatesError(
      "InvalidExecutionInput",
      `Invalid State Machine Execution Input: '${String(error)}'`,
    );
  }
  return input;
}

/** Rules: https://docs.aws.amazon.com/step-functions/latest/apireference/API_SendTaskSuccess.html */
export function taskOutput(output: unknown): unknown {
  const text = typeof output === "string" && Buffer.byteLength(output) <= MAX_PAYLOAD_BYTES ? output : "";
  const value = parseJson(text);
  if (value === undefined) throw new StatesError("InvalidOutput", "Invalid Output: 'The output is not JSON'");
  return value;
}

export function requiredArn(request: Readonly<Record<string, unknown>>, field: string): string {
  const arn = request[field];
  if (typeof arn !== "string" || arn === "") {
    throw new StatesError(
      "ValidationException",
      `1 validation error detected: Value null at '${field}' failed to satisfy constraint: Member must not be null`,
    );
  }
  if (!/^arn:aws[\w-]*:states:[\w-]+:\d{12}:(stateMachine|execution):\S+$/.test(arn)) {
    throw new StatesError("InvalidArn", `Invalid Arn: 'Invalid ARN: ${arn}'`);
  }
  return arn;
}

export function optionalText(request: Readonly<Record<string, unknown>>, field: string): string | undefined {
  const text = request[field];
  return typeof text === "string" ? text : undefined;
}

/** One page of a list. `nextToken` is the position of the next one. */
export function page<Item>(
  list: readonly Item[],
  request: Readonly<Record<string, unknown>>,
): { items: readonly Item[]; nextToken?: string } {
  const asked = request.maxResults;
  if (
    asked !== undefined &&
    !(typeof asked === "number" && Number.isInteger(asked) && asked >= 0 && asked <= 1_000)
  ) {
    throw new StatesError(
      "ValidationException",
      `1 validation error detected: Value '${String(asked)}' at 'maxResults' failed to satisfy constraint: Member must have value less than or equal to 1000`,
    );
  }
  const size = typeof asked === "number" && asked > 0 ? asked : 100;
  const token = request.nextToken;
  const from = token === undefined ? 0 : Number(token);
  if (!Number.isInteger(from) || from < 0 || from > list.length) {
    throw new StatesError("InvalidToken", `Invalid Token: '${String(token)}'`);
  }
  const to = from + size;
  return { items: list.slice(from, to), ...(to < list.length ? { nextToken: String(to) } : {}) };
}

/** The request of an action from its body. */
export function parseRequest(body: string): Record<string, unknown> {
  try {
    const request: unknown = JSON.parse(body === "" ? "{}" : body);
    if (isRecord(request)) return request;
  } catch {
    // Reported below, like every other body that is not a JSON object.
  }
  throw new StatesError("SerializationException", "The request is not a JSON object");
}
