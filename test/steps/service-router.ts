/** One port for several AWS services, as in LocalStack: the signature of a request names its service. */

import { createServer } from "node:http";
import type { AwsEndpoints } from "../../local/emulators.ts";
import { keepConnections } from "../../local/keep-connections.ts";

export interface ServiceRouter {
  readonly url: string;
  /** `<service> <action>` of every request, in order. */
  readonly calls: string[];
  close(): Promise<void>;
}

export async function startServiceRouter(endpoints: AwsEndpoints): Promise<ServiceRouter> {
  const targets = new Map<string, string>(Object.entries(endpoints));
  const calls: string[] = [];
  const server = createServer(async (request, response) => {
    const chunks: Buffer[] = [];
    for await (const chunk of request) chunks.push(chunk);
    const body = Buffer.concat(chunks);
    // Credential=<key>/<date>/<region>/<service>/aws4_request
    const service =
      /Credential=[^/]+\/[^/]+\/[^/]+\/([^/]+)\//.exec(request.headers.authorization ?? "")?.[1] ?? "?";
    const target = request.headers["x-amz-target"];
    const action =
      typeof target === "string"
        ? target.slice(target.lastIndexOf(".") + 1)
        : new URLSearchParams(body.toString()).get("Action");
    calls.push(`${service} ${action}`);
    const endpoint = targets.get(service);
    if (endpoint === undefined) {
      response.writeHead(501).end(`no service ${service} here`);
      return;
    }
    const headers = new Headers();
    for (const name of ["authorization", "content-type", "x-amz-target", "x-amz-date", "x-amzn-query-mode"]) {
      const value = request.headers[name];
      if (typeof value === "string") headers.set(name, value);
    }
    try {
      const { method = "POST" } = request;
      const answer = await fetch(`${endpoint}${request.url}`, {
        method,
        headers,
        ...(method === "GET" || method === "HEAD" ? {} : { body }),
      });
      const contentType = answer.headers.get("content-type") ?? "application/x-amz-json-1.0";
      response.writeHead(answer.status, { "content-type": contentType });
      response.end(Buffer.from(await answer.arrayBuffer()));
    } catch {
      response.destroy();
    }
  });
  await new Promise<void>((resolve) => keepConnections(server).listen(0, "127.0.0.1", resolve));
  const address = server.address();
  if (address === null || typeof address === "string") throw new Error("The router has no port");
  return {
    url: `http://127.0.0.1:${address.port}`,
    calls,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}
