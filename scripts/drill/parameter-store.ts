/** SSM's parameters on this machine, from which the functions of the drill's stack read their secrets as on AWS. */

import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import { fieldOf, parseJson, textsOf } from "../../lib/untrusted.ts";
import { keepConnections } from "../../local/keep-connections.ts";

export interface ParameterStore {
  readonly url: string;
  /** `aws ssm put-parameter --overwrite` */
  put(name: string, value: string): void;
  close(): Promise<void>;
}

/** Starts a server with GetParameters on a free port of the loopback address. */
export async function startParameterStore(
  initial: Readonly<Record<string, string>>,
): Promise<ParameterStore> {
  const values = new Map(Object.entries(initial));
  const server = createServer(async (request, response) => {
    const Names = textsOf(fieldOf(parseJson(await bodyOf(request)), "Names"));
    if (request.headers["x-amz-target"] !== "AmazonSSM.GetParameters") {
      answer(response, 400, { __type: "InvalidAction" });
      return;
    }
    answer(response, 200, {
      Parameters: Names.flatMap((Name) => {
        const Value = values.get(Name);
        return Value === undefined ? [] : [{ Name, Type: "SecureString", Value }];
      }),
      InvalidParameters: Names.filter((name) => !values.has(name)),
    });
  });
  await new Promise<void>((listening) => keepConnections(server).listen(0, "127.0.0.1", listening));
  const address = server.address();
  if (address === null || typeof address === "string") throw new Error("The parameter store has no port");
  return {
    url: `http://127.0.0.1:${address.port}`,
    put: (name, value) => {
      values.set(name, value);
    },
    close: () =>
      new Promise((closed) => {
        server.close(() => closed());
        server.closeAllConnections();
      }),
  };
}

async function bodyOf(request: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(Buffer.from(chunk));
  return Buffer.concat(chunks).toString();
}

function answer(response: ServerResponse, status: number, body: object): void {
  response.writeHead(status, { "content-type": "application/x-amz-json-1.1" }).end(JSON.stringify(body));
}
