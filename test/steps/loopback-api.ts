/** The API on a port of this machine, as API Gateway serves it: each request with the identity of its Authorization header. */
import { handler as decideApproval } from "../../functions/decide-approval/handler.ts";
import { handler as getWorkflowRun } from "../../functions/get-workflow-run/handler.ts";
import { handler as mcp } from "../../functions/mcp/handler.ts";
import { textOf } from "../../lib/untrusted.ts";
import type { Everything, Response } from "./every-handler.ts";
import { type LoopbackServer, loopbackServer } from "./loopback-server.ts";
import { callsForJson } from "./when.ts";

/** The authorizer's context, by the value of the Authorization header. */
export type Identities = Readonly<Record<string, Readonly<Record<string, unknown>>>>;

export interface LoopbackApi extends LoopbackServer {
  /** Every request to a capability or a workflow, as it arrived. */
  readonly requests: readonly { readonly path: string; readonly key: string | undefined }[];
  /** Whether these requests get no response. */
  hangUp(isDown: boolean): void;
}

/** Serves the capabilities, the workflows, decisions about approvals and the tools for agents, and sets API_URL. */
export async function loopbackApi(everything: Everything, identities: Identities): Promise<LoopbackApi> {
  const requests: { path: string; key: string | undefined }[] = [];
  let isDown = false;
  const server = await loopbackServer(async (request, body, response) => {
    const path = request.url ?? "/";
    const headers = Object.fromEntries(
      Object.entries(request.headers).map(([name, value]) => [name, String(value)]),
    );
    const call = {
      method: request.method ?? "GET",
      path,
      headers,
      body,
      authorizer: identities[headers.authorization ?? ""] ?? { refusal: "unknown-key" },
    };
    const send = ({ status, headers: sent, text }: { status: number; headers: object; text: string }) =>
      response.writeHead(status, { ...sent }).end(text);
    if (path === "/mcp") return send(await callsForJson(mcp, call));
    const [, approvalId] = /^\/api\/approvals\/(\w+)\/\w+$/.exec(path) ?? [];
    if (approvalId !== undefined)
      return send(await callsForJson(decideApproval, { ...call, pathParameters: { approvalId } }));
    requests.push({ path, key: textOf(request.headers["idempotency-key"]) });
    if (isDown) return response.destroy();
    const [, workflowId, runId] = /^\/api\/workflows\/([\w-]+)\/runs\/([\w-]+)$/.exec(path) ?? [];
    if (workflowId !== undefined && runId !== undefined)
      return send(await callsForJson(getWorkflowRun, { ...call, pathParameters: { workflowId, runId } }));
    const resource = /^\/api\/(?:capabilities|workflows)\/([\w-]+)/.exec(path)?.[1] ?? "";
    return send(asText(await everything.responseOf(resource, call)));
  });
  process.env.API_URL = server.url;
  return {
    ...server,
    requests,
    hangUp: (down) => {
      isDown = down;
    },
  };
}

const asText = ({ status, headers, body }: Response) => ({ status, headers, text: JSON.stringify(body) });
