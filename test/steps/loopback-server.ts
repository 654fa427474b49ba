/** A small HTTP server on this machine that simulates a service, failures included. */

import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import { keepConnections } from "../../local/keep-connections.ts";

export interface LoopbackServer {
  /** Without a trailing slash. */
  readonly url: string;
  close(): Promise<void>;
}

/** Passes every request, with its whole body, to `answer`; a request without a response hangs. */
export async function loopbackServer(
  answer: (request: IncomingMessage, body: Buffer, response: ServerResponse) => unknown,
): Promise<LoopbackServer> {
  const server = createServer(async (request, response) => {
    const chunks: Buffer[] = [];
    for await (const chunk of request) chunks.push(chunk);
    await answer(request, Buffer.concat(chunks), response);
  });
  await new Promise<void>((listening) => keepConnections(server).listen(0, "127.0.0.1", listening));
  const address = server.address();
  if (address === null || typeof address === "string") throw new Error("The server has no port");
  return {
    url: `http://127.0.0.1:${address.port}`,
    close: () =>
      new Promise((closed) => {
        server.close(() => closed());
        server.closeAllConnections();
      }),
  };
}

/** Responds with JSON. */
export function answerJson(
  response: ServerResponse,
  status: number,
  body: unknown,
  type = "application/json",
) {
  response.writeHead(status, { "content-type": type }).end(JSON.stringify(body));
}
