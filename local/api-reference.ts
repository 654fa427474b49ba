/**
 * A page that shows the API and calls it, made by Swagger UI from the OpenAPI document of the running stack. It has a port of its
 * own, because the API's port responds as API Gateway does. The page's calls go through this server, so that the browser sees
 * one origin.
 */

import { once } from "node:events";
import { readFile } from "node:fs/promises";
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import { createRequire } from "node:module";
import { dirname, join } from "node:path";
import type { Emulator } from "./emulator-thread.ts";
import { keepConnections } from "./keep-connections.ts";
import { guardLoopback } from "./loopback-guard.ts";
import { passOn } from "./pass-on.ts";

/** Files of Swagger UI, by path. */
const FILES: Readonly<Record<string, { readonly name: string; readonly type: string }>> = {
  "/swagger-ui.css": { name: "swagger-ui.css", type: "text/css" },
  "/swagger-ui-bundle.js": { name: "swagger-ui-bundle.js", type: "text/javascript" },
};

const SCRIPT = `SwaggerUIBundle({
  url: "/api/openapi.json",
  dom_id: "#reference",
  deepLinking: true,
  filter: true,
  docExpansion: "list",
  persistAuthorization: true,
  requestSnippetsEnabled: true,
  tryItOutEnabled: true,
});
`;

const PAGE = `<!doctype html>
<html lang="en">
  <head>
    <meta charset="utf-8">
    <meta name="viewport" content="width=device-width, initial-scale=1">
    <title>API reference</title>
    <link rel="icon" href="data:,">
    <link rel="stylesheet" href="/swagger-ui.css">
  </head>
  <body>
    <main id="reference"></main>
    <script src="/swagger-ui-bundle.js"></script>
    <script src="/reference.js"></script>
  </body>
</html>
`;

/** Swagger UI has styles in attributes, and pictures as data. */
const POLICY =
  "default-src 'self'; style-src 'self' 'unsafe-inline'; img-src 'self' data:; frame-ancestors 'none'";

export interface ApiReferenceOptions {
  /** 0 lets the system choose. */
  readonly port: number;
  /** Of the local API. */
  readonly apiUrl: string;
}

/** Starts it, on loopback only. */
export async function startApiReference({ port, apiUrl }: ApiReferenceOptions): Promise<Emulator> {
  const server = createServer((request, response) => {
    respond(request, response, apiUrl).catch(() => {
      send(response, 502, "text/plain", `The API at ${apiUrl} does not respond.`);
    });
  });
  guardLoopback(keepConnections(server)).listen({ port, host: "127.0.0.1" });
  await once(server, "listening");
  const address = server.address();
  const usedPort = typeof address === "object" && address !== null ? address.port : port;
  return {
    port: usedPort,
    url: `http://127.0.0.1:${usedPort}`,
    close: async () => {
      server.closeAllConnections();
      server.close();
    },
  };
}

async function respond(request: IncomingMessage, response: ServerResponse, apiUrl: string): Promise<void> {
  const { pathname } = new URL(request.url ?? "/", "http://localhost");
  const file = FILES[pathname];
  if (pathname.startsWith("/api/")) return callApi(request, response, apiUrl);
  if (pathname === "/") return send(response, 200, "text/html; charset=utf-8", PAGE);
  if (pathname === "/reference.js") return send(response, 200, "text/javascript", SCRIPT);
  if (file === undefined) return send(response, 404, "text/plain", "There is no such page.");
  send(response, 200, file.type, await readFile(join(folderOfSwagger(), file.name)));
}

const folderOfSwagger = () => dirname(createRequire(import.meta.url).resolve("swagger-ui-dist/package.json"));

async function callApi(request: IncomingMessage, response: ServerResponse, apiUrl: string): Promise<void> {
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(chunk);
  // The page's origin is this server's, which the guard in front of it has accepted.
  delete request.headers.origin;
  const { status, headers, body } = await passOn(apiUrl, request, Buffer.concat(chunks));
  response.writeHead(status, headers);
  response.end(body);
}

function send(response: ServerResponse, status: number, type: string, body: string | Buffer): void {
  response.writeHead(status, {
    "content-type": type,
    "content-security-policy": POLICY,
    "x-content-type-options": "nosniff",
  });
  response.end(body);
}
