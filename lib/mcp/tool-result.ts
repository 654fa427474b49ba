/** The response of the API as the result of a tool call. A problem is a result too: an agent reads it and can act on it. Pure. */
import { isProblemCode, type Problem } from "../errors.ts";
import { present } from "../present.ts";
import { type Fields, fieldOf, fieldsOf, isRecord, listOf, parseJson, textOf } from "../untrusted.ts";
import { ADVICE } from "./advice.ts";
import { type AskedCall, approvalLines } from "./approval-lines.ts";
import { withoutWithheld } from "./withheld.ts";

export interface ToolResult {
  readonly content: { readonly type: "text"; readonly text: string }[];
  readonly structuredContent?: Readonly<Record<string, unknown>>;
  readonly isError?: true;
  readonly [field: string]: unknown;
}

/** What the API sent back. */
export interface ApiResponse {
  readonly status: number;
  readonly headers: Pick<Headers, "get">;
  readonly text: string;
}

/** The result of `call`, to which the API responded. */
export function toolResult(response: ApiResponse, call: AskedCall): ToolResult {
  const body = parseJson(response.text);
  if (response.status >= 200 && response.status < 300 && isRecord(body)) return success(response, body);
  return failure(fieldsOf(body), response.headers.get("retry-after"), call);
}

/** The result of a call that this server refuses, or that the API did not respond to. */
export const problemResult = (problem: Problem): ToolResult =>
  failure({ ...problem.toDocument() }, problem.retryAfterSeconds?.toString() ?? null);

function success({ headers }: ApiResponse, body: Fields): ToolResult {
  const outputs = fieldsOf(withoutWithheld(body));
  const isReplayed = headers.get("idempotency-replayed") === "true";
  return {
    content: [text(JSON.stringify(outputs)), ...(isReplayed ? [text(`${REPLAYED} ${SECOND_TIME}`)] : [])],
    structuredContent: { ...outputs },
  };
}

const REPLAYED = "Nothing was done now: this is the response to an earlier call with the same arguments.";
const SECOND_TIME = "If a person wants the same thing a second time, send a callReference.";

/** The first text says what is wrong and what to do; the second one is the problem itself. */
function failure(body: Fields, retryAfter: string | null, call?: AskedCall): ToolResult {
  const { code, detail, status, issues, moreIssues, declineCode, retryable, requestId, approval } = body;
  const known = isProblemCode(code) ? code : "BAD_GATEWAY";
  const problem = {
    code: known,
    detail: textOf(detail) ?? "The service sent no readable response.",
    ...present({ status, declineCode, retryable, requestId, issues, moreIssues, approval }),
    ...(retryAfter === null ? {} : { retryAfterSeconds: Number(retryAfter) }),
  };
  const lines = (call && approvalLines(body, call)) ?? [
    `${problem.code}: ${problem.detail}`,
    ...listOf(issues).map(
      (issue) => `- ${String(fieldOf(issue, "path"))}: ${String(fieldOf(issue, "message"))}`,
    ),
    ...(retryAfter === null ? [] : [`Wait ${retryAfter} seconds before the next call.`]),
    ADVICE[known],
  ];
  return { content: [text(lines.join("\n")), text(JSON.stringify(problem))], isError: true };
}

const text = (content: string) => ({ type: "text" as const, text: content });
