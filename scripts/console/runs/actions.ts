/**
 * What the page can do to runs: calls of the HTTP API. On the local stack the console makes them with the stack's own key. For a deployed
 * stage it shows the command, because it has no API key.
 */

import type { FieldIssue } from "../../../lib/errors.ts";
import { fieldsOf, listOf, parseJson, textOf } from "../../../lib/untrusted.ts";
import type { RunRow } from "../../../lib/workflow/run-row.ts";
import { LOCAL_API_KEY, type StackSettings } from "../../../local/settings.ts";
import type { ConsoleContext } from "../server/route.ts";

export interface ActionView {
  /** The console's own route; left out if the console cannot do it. */
  readonly route?: string;
  /** For a shell. On a stage, API_URL and API_KEY are the reader's. */
  readonly command: string;
}

export type ActionResult =
  | { readonly done: true; readonly body: Readonly<Record<string, unknown>> }
  | {
      readonly done: false;
      readonly code: string;
      readonly message: string;
      readonly issues: readonly FieldIssue[];
    };

type Run = Pick<RunRow, "workflowId" | "runId">;
type Context = Pick<ConsoleContext, "local">;

const pathOf = ({ workflowId, runId }: Run, action: "cancel" | "retry") =>
  `/api/workflows/${workflowId}/runs/${runId}/${action}`;

export const cancelAction = (run: Run, context: Context) => changeAction(run, "cancel", context);
export const retryAction = (run: Run, context: Context) => changeAction(run, "retry", context);

function changeAction(run: Run, action: "cancel" | "retry", { local }: Context): ActionView {
  return {
    command: curl(local, pathOf(run, action)),
    ...(local === undefined ? {} : { route: `runs/${run.runId}/${action}` }),
  };
}

/** The command that starts a run. The page puts the key and the input into it. */
export const startCommand = (workflowId: string, { local }: Context): string =>
  `${curl(local, startPath(workflowId))} -H 'Content-Type: application/json'`;

const startPath = (workflowId: string) => `/api/workflows/${workflowId}/runs`;

function curl(local: StackSettings | undefined, path: string): string {
  const [url, key] = local === undefined ? ["$API_URL", "$API_KEY"] : [local.apiUrl, LOCAL_API_KEY];
  return `curl -s -X POST "${url}${path}" -H "Authorization: Bearer ${key}"`;
}

/** Cancels or retries a run of the local stack. */
export const changeRunByApi = (run: Run, action: "cancel" | "retry", local: StackSettings) =>
  callApi(local, pathOf(run, action));

/** Starts a run on the local stack. The same key with the same input leads to the same run. */
export const startByApi = (
  workflowId: string,
  { input, key }: { readonly input: unknown; readonly key: string },
  local: StackSettings,
) =>
  callApi(local, startPath(workflowId), {
    body: JSON.stringify(input),
    headers: { "content-type": "application/json", "idempotency-key": key },
  });

async function callApi(
  local: StackSettings,
  path: string,
  { headers = {}, body }: { readonly headers?: Record<string, string>; readonly body?: string } = {},
): Promise<ActionResult> {
  const response = await fetch(`${local.apiUrl}${path}`, {
    method: "POST",
    headers: { authorization: `Bearer ${LOCAL_API_KEY}`, ...headers },
    ...(body === undefined ? {} : { body }),
  });
  const answer = fieldsOf(parseJson(await response.text()));
  if (response.ok) return { done: true, body: answer };
  return {
    done: false,
    code: textOf(answer.code) ?? String(response.status),
    message: textOf(answer.detail) ?? textOf(answer.message) ?? "The API refused it",
    issues: listOf(answer.issues).map((issue) => ({
      path: textOf(fieldsOf(issue).path) ?? "",
      message: textOf(fieldsOf(issue).message) ?? "",
    })),
  };
}
